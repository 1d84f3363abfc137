import { type SnapshotIdentity, sha256Hex } from '../../core/index.ts';
import type { EncoderSpec, ModelSpec } from '../workers/model-spec.ts';

/** Counts up with every change of what the bytes hold, that of the decoder and of the order of records included. */
const VERSION = 2;

/**
 * What the state of a stream through a model says of itself. Two specifications whose streams may take each other's states are
 * one: engines give the same bits, a threshold only marks scores, and weights that are stored are known by the hash that the
 * model's own part of the state carries, not by where their file lies.
 */
export function stateIdentity(spec: ModelSpec): SnapshotIdentity {
  return { kind: 'stream-task', version: VERSION, modelHash: sha256Hex(canonicalJson(statefulFields(spec))) };
}

function statefulFields(spec: ModelSpec): unknown {
  switch (spec.kind) {
    case 'embedding':
    case 'scene':
      return { kind: spec.kind, front: spec.front, encoder: weightsOf(spec.encoder) };
    case 'anomaly': {
      const { threshold: _, ...head } = spec.head;
      return { kind: spec.kind, head, encoder: spec.encoder === undefined ? null : weightsOf(spec.encoder) };
    }
    default:
      return spec satisfies never;
  }
}

function weightsOf({ engine: _, cachePrecision, ...rest }: EncoderSpec): unknown {
  // The default by its name is the default.
  const weights = cachePrecision === 'float32' ? rest : { ...rest, cachePrecision };
  return 'model' in weights ? { options: weights.options ?? null } : weights;
}

/** Without regard to the order of fields; those that are undefined are left out. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}

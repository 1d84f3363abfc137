import { requireInteger, type StreamEncoder, type StreamPush, sha256Hex } from '../../core/index.ts';
import type { LongformerConfig, ResolvedLongformerConfig } from './config.ts';
import { LongformerEmbedding } from './embedding.ts';
import { LayerStep } from './layer-step.ts';
import { longformerTensors } from './parameters.ts';
import { Readout } from './readout.ts';
import { resolveLongformerConfig } from './resolve-config.ts';
import { seededWeights } from './seeded-weights.ts';
import { encodeSequence, type LongformerSequence, type LongformerSequenceOutput } from './sequence.ts';
import type { LongformerShared } from './shared.ts';
import { LayeredStream, type LongformerStream } from './stream.ts';
import type { LongformerWeights } from './weights.ts';

/** A sliding-window Longformer: weights and configuration, shared by its streams. */
export interface LongformerEncoder extends StreamEncoder {
  readonly config: ResolvedLongformerConfig;
  readonly weights: LongformerWeights;
  /** Number of parameters. */
  readonly parameterCount: number;
  open(): LongformerStream;
  /** Encodes a finite sequence at once, see `encodeSequence`; here tokens may be global both ways. */
  encodeSequence(sequence: LongformerSequence): LongformerSequenceOutput;
}

/** Where the weights come from: a seed (untrained), or arrays in the shapes of the configuration. */
export type LongformerInit = { readonly seed: number } | { readonly weights: LongformerWeights };

/**
 * Makes an encoder.
 *
 * @param config see {@link LongformerConfig}
 * @param init a seed 0..2^32-1, or weights
 * @throws ConfigError `CONFIG_INVALID`; ShapeError `SHAPE_MISMATCH` when weights do not fit the configuration
 * @example
 * const encoder = createLongformer({ inputSize: 64, hiddenSize: 128, numLayers: 4, numHeads: 4 }, { seed: 1 });
 * const stream = encoder.open();
 * stream.push(new Float32Array(64)).length; // 128
 */
export function createLongformer(config: LongformerConfig, init: LongformerInit): LongformerEncoder {
  const resolved = resolveLongformerConfig(config);
  const weights =
    'seed' in init
      ? seededWeights(resolved, requireInteger('seed', init.seed, { min: 0, max: 2 ** 32 - 1 }))
      : init.weights;
  const tensors = [...longformerTensors(resolved, weights).values()];
  const shared: LongformerShared = {
    config: resolved,
    weights,
    modelHash: sha256Hex(JSON.stringify(Object.entries(resolved).sort()), ...tensors),
    embedding: new LongformerEmbedding(resolved, weights),
    step: new LayerStep(resolved, mostKeys(resolved)),
    readout: weights.readout === undefined ? undefined : new Readout(resolved, weights.readout),
  };
  return {
    config: resolved,
    weights,
    inputSize: resolved.inputSize,
    outputSize: resolved.hiddenSize,
    latencyTokens: latencyOf(resolved),
    modelHash: shared.modelHash,
    parameterCount: tensors.reduce((sum, array) => sum + array.length, 0),
    open: () => new LayeredStream(shared),
    pushMany: (batch: readonly StreamPush[]) => batch.map(({ stream, tokens, kinds }) => stream.push(tokens, kinds)),
    encodeSequence: (sequence) => encodeSequence(shared, sequence),
  };
}

/** Σ over the layers of the right reach of the widest head. */
function latencyOf(config: ResolvedLongformerConfig): number {
  return config.lookAhead.reduce(
    (sum, keys, i) => sum + keys * Math.max(...(config.dilation[i] as readonly number[])),
    0,
  );
}

function mostKeys(config: ResolvedLongformerConfig): number {
  const window = Math.max(...config.window.map((left, i) => left + (config.lookAhead[i] as number)));
  return window + config.sinks + config.globals;
}

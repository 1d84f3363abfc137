import { InputError } from '../../core/index.ts';
import { LogMelStream, StreamingScale } from '../../operators/index.ts';
import type { FrontSpec } from './model-spec.ts';

/** Bands of the log-mel front. */
const LOG_MEL_BANDS = 64;

/** Samples → tokens of one stream. */
export interface TokenFront {
  /** Holds samples back, so that what it has given cannot be asked for again. */
  readonly hasState: boolean;
  push(samples: Float32Array | Float64Array): Float32Array;
  /** Tokens still held back at the end. */
  flush(): Float32Array;
  /** What is held back, as bytes; nothing where `hasState` is false. */
  snapshot(): Uint8Array | undefined;
  /** @throws SnapshotError */
  restore(bytes: Uint8Array): void;
}

/** Width of the tokens that a front gives. */
export function frontWidth(front: FrontSpec): number {
  return front.kind === 'logMel' ? LOG_MEL_BANDS : front.channels;
}

/** @throws ConfigError when the specification is out of range */
export function openFront(spec: FrontSpec): TokenFront {
  switch (spec.kind) {
    case 'logMel': {
      const logMel = new LogMelStream({ sampleRateHz: spec.sampleRateHz });
      return {
        hasState: true,
        push: (samples) => logMel.push(toFloat32(samples)),
        flush: () => new Float32Array(0),
        snapshot: () => logMel.snapshot(),
        restore: (bytes) => logMel.restore(bytes),
      };
    }
    case 'scale': {
      const scale = new StreamingScale({ channels: spec.channels, warmupRows: spec.warmupRows });
      return {
        hasState: true,
        push: (samples) => scale.push(samples instanceof Float64Array ? samples : Float64Array.from(samples)),
        flush: () => scale.flush(),
        snapshot: () => scale.snapshot(),
        restore: (bytes) => scale.restore(bytes),
      };
    }
    case 'none':
      return {
        hasState: false,
        push: toFloat32,
        flush: () => new Float32Array(0),
        snapshot: () => undefined,
        restore: () => undefined,
      };
    default:
      return spec satisfies never;
  }
}

/**
 * Refuses ids that only float32 would make whole; all other wrong ones are for the encoder to name.
 * @throws InputError `TOKEN_INVALID`
 */
export function requireWholeIds(rows: Float32Array | Float64Array, firstToken: number, width: number): void {
  const wrong = rows.findIndex((value) => !Number.isInteger(value) && Number.isInteger(Math.fround(value)));
  if (wrong < 0) return;
  throw new InputError(
    'TOKEN_INVALID',
    `Expected column ${wrong % width} of token ${firstToken + Math.floor(wrong / width)} to be an integer, got ${rows[wrong]}`,
  );
}

function toFloat32(samples: Float32Array | Float64Array): Float32Array {
  return samples instanceof Float32Array ? samples : Float32Array.from(samples);
}

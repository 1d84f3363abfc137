import { ConfigError, requireInteger, requireOneOf } from '../../core/index.ts';
import { matrixBytes } from './full-attention.ts';
import {
  COMPLEXITY_MODELS,
  type ComplexityMeasurement,
  type ComplexityModel,
  type ComplexitySkip,
} from './measurement.ts';
import { seededTokens, slidingEncoder } from './model.ts';
import { SUBJECTS, type Subject } from './subjects.ts';
import { describeBytes } from './units.ts';

/** Powers of two from 2^9 to 2^15. */
export const COMPLEXITY_LENGTHS: readonly number[] = [512, 1024, 2048, 4096, 8192, 16_384, 32_768];

/** Shortest and longest length that may be asked for. */
export const COMPLEXITY_LENGTH_RANGE = { min: 16, max: 1_048_576 } as const;

/** What to measure. */
export interface ComplexityBenchOptions {
  /** Lengths of the sequences, each 16..1048576; any order, repeats count once. Default 2^9 … 2^15. */
  readonly lengths?: readonly number[];
  /** What to compare, in any order. Default all. */
  readonly models?: readonly ComplexityModel[];
  /** The largest probability matrix that `full` may hold, in bytes; longer sequences are skipped. Default 2 GiB. */
  readonly maxMatrixBytes?: number;
}

const LONGEST_WARM_UP = 512;

/**
 * Measures time and memory of full attention, of the sliding window at once and token by token, and of recomputing, over
 * the length of the sequence, shortest first. With the defaults five to ten minutes, nearly all for full attention.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function* complexityBench(
  options: ComplexityBenchOptions = {},
): Generator<ComplexityMeasurement | ComplexitySkip> {
  const asked = options.lengths ?? COMPLEXITY_LENGTHS;
  for (const length of asked) requireInteger('lengths', length, COMPLEXITY_LENGTH_RANGE);
  const lengths = [...new Set(asked)].sort((a, b) => a - b);
  const [shortest] = lengths;
  if (shortest === undefined) throw new ConfigError('CONFIG_INVALID', 'Expected `lengths` to hold a length, got none');
  const wanted = options.models ?? COMPLEXITY_MODELS;
  for (const model of wanted) requireOneOf('models', model, COMPLEXITY_MODELS);
  const models = COMPLEXITY_MODELS.filter((model) => wanted.includes(model));
  const encoder = slidingEncoder();
  // The compiler settles before anything is timed.
  const length = Math.min(shortest, LONGEST_WARM_UP);
  const warmUp = { encoder, tokens: seededTokens(length), length };
  for (const model of models) SUBJECTS[model](warmUp);
  for (const length of lengths) {
    const tokens = seededTokens(length);
    for (const model of models) {
      yield measure(model, { encoder, tokens, length }, options.maxMatrixBytes ?? 2 ** 31);
    }
  }
}

function measure(
  model: ComplexityModel,
  subject: Subject,
  maxMatrixBytes: number,
): ComplexityMeasurement | ComplexitySkip {
  const { encoder, length } = subject;
  const base = { bench: 'complexity', model, length } as const;
  const matrix = matrixBytes(encoder.config.numHeads, length);
  if (model === 'full' && matrix > maxMatrixBytes) {
    return {
      ...base,
      skipped: `its matrix takes ${describeBytes(matrix)}, more than ${describeBytes(maxMatrixBytes)}; see full-rows for the time`,
    };
  }
  const { ms, ...others } = SUBJECTS[model](subject);
  return { ...base, ms, usPerToken: (ms * 1000) / length, ...others };
}

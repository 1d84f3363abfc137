import { Random } from '../../core/index.ts';
import { CACHE_PRECISIONS } from '../../models/index.ts';
import type { ErrorMeasurement } from './measurement.ts';
import type { Subject } from './subjects.ts';

/** Seed of the tokens, uniform in [-1, 1). */
const TOKEN_SEED = 11;

/** Encodes the same `tokens` tokens with caches in each precision, one stream each. */
export function encodingErrors(subject: Subject, tokens: number): ErrorMeasurement[] {
  const random = new Random(TOKEN_SEED);
  let input = new Float32Array(0);
  let exact: Float32Array | undefined;
  return CACHE_PRECISIONS.map((precision) => {
    const encoder = subject.create(precision);
    if (exact === undefined) input = new Float32Array(tokens * encoder.inputSize).map(() => random.nextSymmetric(1));
    const stream = encoder.open();
    const encodings = stream.push(input);
    exact ??= encodings;
    const wanted = exact;
    const differences = encodings.map((value, i) => value - (wanted[i] as number));
    const found = {
      most: differences.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
      rms: rootMeanSquare(differences),
      relative: rootMeanSquare(differences) / rootMeanSquare(wanted),
      streamBytes: stream.stats().cacheBytes,
      snapshotBytes: stream.snapshot().length,
    };
    stream.close();
    return { bench: 'cache-precision', kind: 'error', subject: subject.name, precision, tokens, ...found };
  });
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

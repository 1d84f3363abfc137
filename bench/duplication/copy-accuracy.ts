import { requireRows, ShapeError } from '../../core/index.ts';

/** Scores of the next id for every token: ids `[n]` → `[n, outputs]`. */
export type NextToken = (ids: Float32Array) => Float32Array;

/** How well the second word was foretold. */
export interface CopyAccuracy {
  /** Symbols that were foretold: length / 2 − 1 a sequence. */
  readonly predictions: number;
  /** Share of them whose score was the highest of all; the first of equal ones counts. */
  readonly accuracy: number;
}

/**
 * Accuracy of a causal language model on the second word of sequences 0 w 0 w: the scores at each token from the second 0
 * on must name the one after it. The first word cannot be foretold and does not count.
 * @throws ShapeError `SHAPE_MISMATCH` when the scores are not one row a token
 */
export function copyAccuracy(predict: NextToken, sequences: readonly Float32Array[]): CopyAccuracy {
  let [predictions, right] = [0, 0];
  for (const ids of sequences) {
    const scores = predict(ids);
    const outputs = requireRows('scores', scores, ids.length);
    for (let t = ids.length / 2; t < ids.length - 1; t++) {
      predictions += 1;
      if (indexOfHighest(scores.subarray(t * outputs, (t + 1) * outputs)) === ids[t + 1]) right += 1;
    }
  }
  if (predictions === 0) throw new ShapeError('SHAPE_MISMATCH', 'Expected at least one sequence, got none');
  return { predictions, accuracy: right / predictions };
}

function indexOfHighest(scores: Float32Array): number {
  return scores.reduce((best, score, i) => (score > (scores[best] as number) ? i : best), 0);
}

import { describe, expect, it } from 'vitest';
import { fullScores, sharpen, sharpnessFor, TOP, topMass } from '../../../bench/recall/truth.ts';
import { dot, softmaxAverage } from '../../models/longformer/dense-math.ts';
import { denseKey } from '../../models/reformer/dense-hash.ts';
import { randomVectors } from './small-set.ts';

const vectors = randomVectors(2, 4, 80);
const queries = Int32Array.of(40, 61, 79);
const truth = fullScores(vectors, queries);

/** Head `head` of row t. */
const rowOf = (rows: Float32Array, t: number, head: number): number[] =>
  Array.from(rows.subarray((t * 2 + head) * 4, (t * 2 + head + 1) * 4));

describe('full causal attention', () => {
  it('is the softmax over all earlier tokens of the query with normalised keys', () => {
    const { outputs } = sharpen(truth, 1);
    queries.forEach((t, i) => {
      for (const head of [0, 1]) {
        const query = rowOf(vectors.queries, t, head);
        const earlier = Array.from({ length: t }, (_, j) => j);
        const scores = earlier.map((j) => dot(query, denseKey(rowOf(vectors.queries, j, head))));
        const expected = softmaxAverage(
          scores,
          earlier.map((j) => rowOf(vectors.values, j, head)),
        );
        const row = (i * 2 + head) * 4;
        expected.forEach((value, c) => {
          expect(outputs[row + c]).toBeCloseTo(value, 5);
        });
      }
    });
  });

  it('lists the highest scores first', () => {
    for (let row = 0; row < 6; row++) {
      const t = queries[row >> 1] as number;
      const scores = [...truth.scores.subarray(row * 80, row * 80 + t)];
      const top = [...truth.top.subarray(row * TOP, (row + 1) * TOP)].map((j) => scores[j]);
      expect(top).toEqual(scores.sort((a, b) => b - a).slice(0, TOP));
    }
  });

  it('is made as peaked as asked for', () => {
    expect(topMass(truth, sharpnessFor(truth, 0.95))).toBeCloseTo(0.95, 3);
    expect(topMass(truth, 1e-9)).toBeCloseTo(TOP / 40, 6); // flat; every eighth row is row 0 here, with 40 keys
  });
});

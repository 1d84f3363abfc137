import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateRuleOf } from '../../../bench/recall/candidates/candidate-rule-of.ts';
import { judge } from '../../../bench/recall/judge.ts';
import { defaultSetting, type LshSetting, layerConfig } from '../../../bench/recall/setting.ts';
import { fullScores } from '../../../bench/recall/truth.ts';
import {
  type HeadVectors,
  LAYER,
  projectedShape,
  projectedVectors,
  rotationsOf,
} from '../../../bench/recall/vectors.ts';
import { createReformer, type ResolvedReformerConfig } from '../../../models/index.ts';
import { offlineCandidates, prefixCandidates, recencyCandidates } from '../../models/reformer/dense-candidates.ts';
import { denseHash } from '../../models/reformer/dense-hash.ts';
import { driftingSet } from './small-set.ts';

const SEED = 3;
const set = driftingSet(160, 6);
const vectors = projectedVectors(set, SEED);
const shape = projectedShape(set.width);

const settings = fc.record({
  rule: fc.constantFrom('bucket-recency', 'prefix-exact', 'offline'),
  rounds: fc.integer({ min: 1, max: 3 }),
  numBuckets: fc.constantFrom<number | readonly number[]>(2, 4, 8, [2, 4]),
  chunkLength: fc.constantFrom(4, 8, 16),
  horizon: fc.integer({ min: 24, max: 200 }),
  depth: fc.integer({ min: 1, max: 20 }),
  fallback: fc.integer({ min: 0, max: 24 }),
  combine: fc.constantFrom('lse', 'union'),
}) satisfies fc.Arbitrary<LshSetting>;

/** The candidates of every token of a head, from the definition. */
function expected(setting: LshSetting, { queries, heads, headDim, count }: HeadVectors, head: number): number[][] {
  const factors = typeof setting.numBuckets === 'number' ? [setting.numBuckets] : setting.numBuckets;
  const rotations = rotationsOf(shape, setting, SEED);
  const hashed = Array.from({ length: count }, (_, t) => {
    const from = (t * heads + head) * headDim;
    const x = Array.from(queries.subarray(from, from + headDim));
    return denseHash({ headDim, rounds: setting.rounds, factors }, rotations, head, x).buckets;
  });
  const buckets = Array.from({ length: setting.rounds }, (_, round) => hashed.map((row) => row[round] as number));
  const masked = new Array<boolean>(count).fill(false);
  const lsh = {
    ...setting,
    numBuckets: factors,
    numHashes: setting.rounds,
    chunksBefore: 1,
    chunksAfter: 0,
  } as NonNullable<ResolvedReformerConfig['lsh']>;
  if (setting.rule === 'offline')
    return offlineCandidates(lsh, { buckets, masked }, { causal: true, wrap: 'circular' });
  const list = setting.rule === 'bucket-recency' ? recencyCandidates : prefixCandidates;
  return Array.from({ length: count }, (_, t) => list(lsh, { buckets, masked }, t));
}

const sorted = (list: Iterable<number>): number[] => [...list].sort((a, b) => a - b);

describe('the candidates of a rule', () => {
  it('are those of its definition, each as often as it counts', () => {
    fc.assert(
      fc.property(settings, (setting) => {
        const rule = candidateRuleOf(setting, vectors, (one) => rotationsOf(shape, one, SEED));
        const wanted = [0, 1, 2, 3].map((head) => expected(setting, vectors, head));
        const into = new Int32Array(rule.most);
        for (let t = 0; t < vectors.count; t++) {
          wanted.forEach((lists, head) => {
            const count = rule.list(head, t, into);
            expect(sorted(into.subarray(0, count))).toEqual(sorted(lists[t] as number[]));
          });
          rule.file(t);
        }
      }),
      { numRuns: 12, seed: 1 },
    );
  });

  it.each(['bucket-recency', 'prefix-exact'] as const)('of %s are as many as the stream itself counts', (rule) => {
    const setting: LshSetting = {
      ...defaultSetting(rule, 3, 64),
      chunkLength: 8,
      numBuckets: 8,
      depth: 5,
      fallback: 7,
    };
    const stream = createReformer(layerConfig(shape, setting), { seed: SEED }).open();
    stream.push(set.tokens);
    const counted = stream.stats().lsh?.[0]?.meanCandidates as number;
    const found = candidateRuleOf(setting, vectors, (one) => rotationsOf(shape, one, SEED));
    let sum = 0;
    const into = new Int32Array(found.most);
    for (let t = 0; t < vectors.count; t++) {
      for (let head = 0; head < LAYER.numHeads; head++) sum += found.list(head, t, into);
      found.file(t);
    }
    expect(sum / (LAYER.numHeads * vectors.count)).toBeCloseTo(counted, 9);
  });

  it('are all earlier tokens where a bucket and its depth hold them all', () => {
    const setting: LshSetting = {
      ...defaultSetting('bucket-recency', 1, 160),
      numBuckets: 2,
      depth: 160,
      fallback: 160,
    };
    const truth = fullScores(vectors, Int32Array.of(100, 159));
    const { sight } = judge(
      truth,
      [],
      candidateRuleOf(setting, vectors, (one) => rotationsOf(shape, one, SEED)),
    );
    expect(sight).toEqual({ candidates: 129.5, keys: 129.5, recall8: 1, recall32: 1 });
  });
});

describe('the vectors that are judged', () => {
  it('are those of the layer: its trace attends to the same mean of values', () => {
    // A sequence of one chunk is attended to in full; with the offline rule the layer shows what its attention gave.
    const encoder = createReformer(layerConfig(shape, { ...defaultSetting('offline', 1, 160), chunkLength: 160 }), {
      seed: SEED,
    });
    const [layer] = encoder.encodeSequence({ tokens: set.tokens, trace: true }).layers;
    const truth = fullScores(vectors, Int32Array.of(60, 159));
    const every = candidateRuleOf({ rule: 'window', keys: 160 }, vectors, () => new Float32Array(0));
    const width = LAYER.hiddenSize;
    const context = [60, 159].flatMap((t) => [...(layer?.context.subarray(t * width, (t + 1) * width) ?? [])]);
    const outputs = Float64Array.from(context);
    const { losses } = judge(truth, [{ sharpness: 1, logSum: new Float64Array(8), outputs }], every);
    expect(losses[0]?.error).toBeLessThan(1e-5);
  });
});

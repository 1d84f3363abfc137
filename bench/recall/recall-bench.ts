import { candidateRuleOf } from './candidates/candidate-rule-of.ts';
import { type Judgement, judge } from './judge.ts';
import type { RecallMeasurement, VectorKind } from './measurement.ts';
import { pricePerToken } from './price.ts';
import type { LayerShape, LshSetting, Setting } from './setting.ts';
import type { TokenSet } from './tokens/token-set.ts';
import { fullScores, type SharpTruth, sharpen, sharpnessFor, type Truth, topMass } from './truth.ts';
import { type HeadVectors, projectedShape, projectedVectors, rawShape, rawVectors, rotationsOf } from './vectors.ts';

/** What to measure. */
export interface RecallBenchOptions {
  readonly set: TokenSet;
  readonly settings: readonly Setting[];
  /** Of the layer's weights and rotations. */
  readonly seed: number;
  /** Distance of two queries in tokens. */
  readonly queryStep: number;
}

/** Attention of the 32 best keys that `peaked` is set to. */
const PEAKED_MASS = 0.5;

/** Measures each setting on a set of tokens, with the tokens themselves first, then with the projected ones. */
export function* recallBench(options: RecallBenchOptions): Generator<RecallMeasurement> {
  const { set, seed } = options;
  yield* measure(options, {
    vectors: rawVectors(set),
    shape: rawShape(set.width),
    kinds: [['raw', () => 1]],
  });
  yield* measure(options, {
    vectors: projectedVectors(set, seed),
    shape: projectedShape(set.width),
    kinds: [
      ['projected', () => 1],
      ['peaked', (truth) => sharpnessFor(truth, PEAKED_MASS)],
    ],
  });
}

interface Subject {
  readonly vectors: HeadVectors;
  readonly shape: LayerShape;
  readonly kinds: readonly (readonly [VectorKind, (truth: Truth) => number])[];
}

function* measure(options: RecallBenchOptions, { vectors, shape, kinds }: Subject): Generator<RecallMeasurement> {
  const { set, settings, seed } = options;
  const truth = fullScores(vectors, queriesOf(vectors.count, options.queryStep));
  const sharp = kinds.map(([, sharpness]) => sharpen(truth, sharpness(truth)));
  const masses = sharp.map(({ sharpness }) => topMass(truth, sharpness));
  const rotations = (setting: LshSetting): Float32Array => rotationsOf(shape, setting, seed);
  const judged = (setting: Setting): Judgement => judge(truth, sharp, candidateRuleOf(setting, vectors, rotations));
  const price = (setting: Setting): { readonly usPerToken?: number } =>
    kinds[0]?.[0] === 'projected' ? { usPerToken: pricePerToken(set, shape, setting) } : {};
  for (const setting of settings) {
    const own = { ...judged(setting), price: price(setting) };
    const equal = { rule: 'window', keys: Math.max(1, Math.round(own.sight.keys)) } as const;
    const window = setting.rule === 'window' ? undefined : { ...judged(equal), price: price(equal) };
    for (const [i, [kind]] of kinds.entries()) {
      const priced = kind === 'projected';
      yield {
        bench: 'recall',
        data: set.kind,
        name: set.name,
        tokens: vectors.count,
        queries: truth.queries.length,
        vectors: kind,
        sharpness: (sharp[i] as SharpTruth).sharpness,
        topMass: masses[i] as number,
        setting,
        ...flat(own, i, priced),
        ...(window === undefined ? {} : { window: flat(window, i, priced) }),
      };
    }
  }
}

function flat(
  judged: Judgement & { readonly price: { readonly usPerToken?: number } },
  i: number,
  priced: boolean,
): NonNullable<RecallMeasurement['window']> {
  return { ...judged.sight, ...(judged.losses[i] as Judgement['losses'][number]), ...(priced ? judged.price : {}) };
}

/** Every `step`-th token of the second half. */
function queriesOf(count: number, step: number): Int32Array {
  const first = Math.floor(count / 2);
  return Int32Array.from({ length: Math.ceil((count - first) / step) }, (_, i) => first + i * step);
}

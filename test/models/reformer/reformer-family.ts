import fc from 'fast-check';
import {
  createReformer,
  type EngineOptions,
  type ReformerConfig,
  type ReformerEncoder,
  type ResolvedReformerConfig,
  resolveReformerConfig,
} from '../../../models/index.ts';
import {
  arbitraryTokens,
  type EncoderFamily,
  type EncoderInput,
  type Forgetting,
  type RefusedInput,
} from '../../checks/encoder-family.ts';
import { arbitraryConfig } from './arbitrary-config.ts';
import { isOffline } from './dense-attention.ts';
import { denseReformer } from './dense-oracle.ts';
import { randomReformerWeights } from './random-weights.ts';

/** A choice of a bucket nearer than this to another one may turn out otherwise in float32. */
export const NEAR_TIE = 1e-5;

/** The Reformer before the contract suite. */
export const reformerFamily: EncoderFamily<ReformerConfig, ReformerEncoder> = {
  name: 'Reformer',
  configs: arbitraryConfig,
  create: (config, seed) => createRandomReformer(config, seed),
  input: arbitraryInput,
  oracle: (encoder, input) => denseReformer(encoder, input).encodings.flat(),
  undecided: (encoder, input) => smallestMargin(encoder, input) < NEAR_TIE,
  offline: (encoder, input) => encoder.encodeSequence(input).encodings,
  latency,
  forgetting,
  refused,
  exhausting: {
    config: {
      ...{ inputSize: 2, hiddenSize: 8, numHeads: 2, layers: ['lsh', 'window'] },
      ...{ lsh: { numBuckets: 4, chunkLength: 3 }, window: { window: 4, lookAhead: 2 } },
      ...{ position: 'axial', axialShape: [3, 3], axialSizes: [2, 6] },
    },
    room: 9,
  },
};

/** The same, its streams in plain TypeScript. */
export const reformerInReference: EncoderFamily<ReformerConfig, ReformerEncoder> = {
  ...reformerFamily,
  name: 'Reformer, engine reference,',
  create: (config, seed) => createRandomReformer(config, seed, { engine: 'reference' }),
};

export function createRandomReformer(
  config: ReformerConfig,
  seed: number,
  options: EngineOptions = { engine: 'wasm' },
): ReformerEncoder {
  const weights = randomReformerWeights(resolveReformerConfig(config), seed);
  return createReformer(config, { weights }, options);
}

/** How near the choice of any bucket came to another one. */
export function smallestMargin(encoder: ReformerEncoder, input: EncoderInput): number {
  const margins = denseReformer(encoder, input).layers.flatMap(({ hashes }) =>
    hashes.flatMap((head) => head.flatMap((hash) => hash.margins)),
  );
  return margins.reduce((least, margin) => Math.min(least, margin), Infinity);
}

/** Tokens with any kinds that a stream takes; masked rows hold anything. */
export function arbitraryInput({ config }: ReformerEncoder, count: number): fc.Arbitrary<EncoderInput> {
  const tokens = config.input === 'ids' ? arbitraryIds(config, count) : arbitraryTokens(config.inputSize, count);
  const dice = fc.oneof(fc.constant([0, 1, 1, 1]), fc.constant([0, 0, 0, 1]));
  const kinds = dice.chain((faces) =>
    fc.array(fc.constantFrom(...faces), { minLength: count, maxLength: count }).map((codes) => Uint8Array.from(codes)),
  );
  return fc.oneof(
    tokens.map((rows) => ({ tokens: rows })),
    fc.tuple(tokens, kinds).map(([rows, codes]) => ({ tokens: withNoise(rows, codes), kinds: codes })),
  );
}

function arbitraryIds({ vocabSize }: ResolvedReformerConfig, count: number): fc.Arbitrary<Float32Array> {
  return fc
    .array(fc.nat({ max: vocabSize - 1 }), { minLength: count, maxLength: count })
    .map((ids) => Float32Array.from(ids));
}

/** What is not finite counts as 0 in a masked row, and a finite number there is as good as anywhere. */
function withNoise(rows: Float32Array, kinds: Uint8Array): Float32Array {
  const noise = [Number.NaN, Infinity, undefined, -Infinity];
  const width = rows.length / kinds.length;
  return rows.map((value, i) => (kinds[Math.floor(i / width)] === 0 ? (noise[i % 4] ?? value) : value));
}

/** Everything comes at the end where the whole sequence counts; else windows look ahead, one after the other. */
function latency({ config }: ReformerEncoder): number {
  if (isOffline(config)) return Infinity;
  const ahead = config.window === undefined ? 0 : config.window.lookAhead * Math.max(...config.window.dilation);
  return ahead * config.layers.filter((kind) => kind === 'window').length;
}

/**
 * Each layer looks back over its horizon, its chunks or its window. Chunks start anew at multiples of their length; the
 * lanes in which a window adds up its keys repeat after 32 of them.
 */
function forgetting({ config }: ReformerEncoder): Forgetting | undefined {
  const { layers, position, lsh, local, window } = config;
  if (isOffline(config) || position !== 'none') return undefined;
  const reaches = {
    lsh: lsh?.horizon ?? 0,
    local: local === undefined ? 0 : (local.chunksBefore + 1) * local.chunkLength - 1,
    window: window === undefined ? 0 : (window.window - 1) * Math.max(...window.dilation),
  };
  const steps = [local?.chunkLength ?? 1, ...(window?.dilation ?? []).map((dilation) => 32 * dilation)];
  // A bucket may turn on the last bit, so that hashed tokens after a prefix have to have the very same bits.
  const step = steps.reduce((a, b) => (a * b) / greatestCommonDivisor(a, b), 1);
  return { reach: layers.reduce((sum, kind) => sum + reaches[kind], 0), period: step, step };
}

function refused({ config }: ReformerEncoder, position: number): readonly RefusedInput[] {
  const { inputSize, input, vocabSize } = config;
  const code = 'TOKEN_INVALID';
  const second = `token ${position + 1}`;
  const tokens = new Float32Array(2 * inputSize);
  const cases: RefusedInput[] = [
    { what: 'a global', tokens, kinds: Uint8Array.of(1, 2), code, message: `${second} to be masked or local` },
  ];
  if (input === 'ids') {
    for (const value of [vocabSize, -1, 0.5, Number.NaN, Infinity]) {
      const message = `the id of ${second} to be an integer in 0..${vocabSize - 1}, got ${value}`;
      cases.push({ what: `the id ${value}`, tokens: Float32Array.of(0, value), code, message });
    }
    return cases;
  }
  const bad = new Float32Array(2 * inputSize).fill(1);
  bad[2 * inputSize - 1] = Number.NaN;
  const notFinite = { tokens: bad, code: 'VALUE_NOT_FINITE', message: `channel ${inputSize - 1} of ${second} ` };
  cases.push({ what: 'NaN', ...notFinite });
  cases.push({ what: 'NaN in a row that is not the masked one', ...notFinite, kinds: Uint8Array.of(0, 1) });
  return cases;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

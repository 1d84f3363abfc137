import fc from 'fast-check';
import {
  createLongformer,
  type EngineOptions,
  type LongformerConfig,
  type LongformerEncoder,
  type ResolvedLongformerConfig,
  resolveLongformerConfig,
} from '../../../models/index.ts';
import {
  arbitraryTokens,
  type EncoderFamily,
  type EncoderInput,
  type Forgetting,
  type RefusedInput,
} from '../../checks/encoder-family.ts';
import { arbitraryConfig } from './arbitrary-config.ts';
import { denseLongformer } from './dense-oracle.ts';
import { randomWeights } from './random-weights.ts';

/** The Longformer before the contract suite. */
export const longformerFamily: EncoderFamily<LongformerConfig, LongformerEncoder> = {
  name: 'Longformer',
  configs: arbitraryConfig,
  create: (config, seed) => createRandom(config, seed),
  input: arbitraryInput,
  oracle: (encoder, input) => denseLongformer(encoder, input).flat(),
  offline: (encoder, input) => encoder.encodeSequence(input).encodings,
  latency: ({ config }) =>
    config.lookAhead.reduce((sum, keys, layer) => sum + keys * Math.max(...(config.dilation[layer] ?? [])), 0),
  forgetting,
  refused,
  exhausting: {
    config: {
      ...{ inputSize: 2, hiddenSize: 8, numLayers: 1, numHeads: 2, window: 4, lookAhead: 2 },
      ...{ position: 'learned', maxPositions: 12, positionOffset: 3 },
    },
    room: 9,
  },
};

/** The same, its streams in plain TypeScript. */
export const longformerInReference: EncoderFamily<LongformerConfig, LongformerEncoder> = {
  ...longformerFamily,
  name: 'Longformer, engine reference,',
  create: (config, seed) => createRandom(config, seed, { engine: 'reference' }),
};

export function createRandom(
  config: LongformerConfig,
  seed: number,
  options: EngineOptions = { engine: 'wasm' },
): LongformerEncoder {
  const weights = randomWeights(resolveLongformerConfig(config), seed);
  return createLongformer(config, { weights }, options);
}

/** Tokens with any kinds that a stream takes; masked rows hold anything. */
export function arbitraryInput({ config }: LongformerEncoder, count: number): fc.Arbitrary<EncoderInput> {
  const tokens = config.input === 'ids' ? arbitraryIds(config, count) : arbitraryTokens(config.inputSize, count);
  const kind = config.globals > 0 ? fc.constantFrom(0, 1, 1, 2) : fc.constantFrom(0, 1, 1, 1);
  const kinds = fc.array(kind, { minLength: count, maxLength: count }).map((codes) => Uint8Array.from(codes));
  return fc.oneof(
    tokens.map((rows) => ({ tokens: rows })),
    fc.tuple(tokens, kinds).map(([rows, codes]) => ({ tokens: withNoise(rows, codes), kinds: codes })),
  );
}

function arbitraryIds(config: ResolvedLongformerConfig, count: number): fc.Arbitrary<Float32Array> {
  const columns = columnSizes(config).map((size) => fc.nat({ max: size - 1 }));
  return fc
    .array(fc.tuple(...columns), { minLength: count, maxLength: count })
    .map((rows) => Float32Array.from(rows.flat()));
}

/** How many values each column of a row of ids has. */
function columnSizes({ inputSize, vocabSize, typeVocabSize, maxPositions }: ResolvedLongformerConfig): number[] {
  return [vocabSize, typeVocabSize, maxPositions].slice(0, inputSize);
}

/** What is not finite counts as 0 in a masked row, and a finite number there is as good as anywhere. */
function withNoise(rows: Float32Array, kinds: Uint8Array): Float32Array {
  const noise = [Number.NaN, Infinity, undefined, -Infinity];
  const width = rows.length / kinds.length;
  return rows.map((value, i) => (kinds[Math.floor(i / width)] === 0 ? (noise[i % 4] ?? value) : value));
}

/** Σ (window − 1) · dilation; whole blocks of 32 keys in every head leave the lanes of the sums alone. */
function forgetting({ config }: LongformerEncoder): Forgetting | undefined {
  if (config.position === 'learned' || config.sinks > 0) return undefined;
  const steps = config.dilation.flat();
  const reach = config.window.reduce(
    (sum, keys, layer) => sum + (keys - 1) * Math.max(...(config.dilation[layer] ?? [])),
    0,
  );
  const common = steps.reduce((a, b) => (a * b) / greatestCommonDivisor(a, b), 1);
  return { reach, period: config.position === 'none' ? 32 * common : undefined };
}

function refused({ config }: LongformerEncoder, position: number): readonly RefusedInput[] {
  const { inputSize } = config;
  const cases: RefusedInput[] = [];
  const code = 'TOKEN_INVALID';
  const second = `token ${position + 1}`;
  if (config.input === 'ids') {
    columnSizes(config).forEach((size, column) => {
      for (const value of [size, -1, 0.5, Number.NaN, Infinity]) {
        const tokens = new Float32Array(2 * inputSize);
        tokens[inputSize + column] = value;
        const name = ['id', 'type', 'position'][column];
        const message = `the ${name} of ${second} to be an integer in 0..${size - 1}, got ${value}`;
        cases.push({ what: `the ${name} ${value}`, tokens, code, message });
      }
    });
  } else {
    const tokens = new Float32Array(2 * inputSize).fill(1);
    tokens[2 * inputSize - 1] = Number.NaN;
    const notFinite = { tokens, code: 'VALUE_NOT_FINITE', message: `channel ${inputSize - 1} of ${second} ` };
    cases.push({ what: 'NaN', ...notFinite });
    cases.push({ what: 'NaN in a row that is not the masked one', ...notFinite, kinds: Uint8Array.of(0, 1) });
  }
  if (config.globals === 0) {
    const tokens = new Float32Array(2 * inputSize);
    cases.push({
      what: 'a global',
      tokens,
      kinds: Uint8Array.of(1, 2),
      code,
      message: `${second} to be masked or local`,
    });
  }
  return cases;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

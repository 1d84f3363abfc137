import { Random } from '../../core/index.ts';
import {
  createLongformer,
  createReformer,
  type LongformerConfig,
  type LongformerEncoder,
  type ReformerConfig,
  type ReformerEncoder,
} from '../../models/index.ts';

/** Encoders that are soaked: `longformer` without positions; `longformer-rotary`; `reformer`, LSH between window and chunks. */
export const SOAK_MODELS = ['longformer', 'longformer-rotary', 'reformer'] as const;

/** One of {@link SOAK_MODELS}. */
export type SoakModel = (typeof SOAK_MODELS)[number];

const CONFIG = {
  inputSize: 8,
  hiddenSize: 32,
  numLayers: 3,
  numHeads: 2,
  ffnSize: 64,
  window: [24, 16, 16],
  lookAhead: [4, 8, 0],
  dilation: [1, [1, 2], [2, 3]],
} as const satisfies LongformerConfig;

const MASKED_EVERY = 17;

const LSH_CONFIG: ReformerConfig = {
  inputSize: 8,
  hiddenSize: 16,
  numHeads: 2,
  ffnSize: 32,
  layers: ['window', 'lsh', 'local'],
  window: { window: 16, lookAhead: 4 },
  lsh: { numBuckets: 16, numHashes: 2, chunkLength: 8, horizon: 96 },
  local: { chunkLength: 8 },
};

/** A small seeded encoder: with look-ahead and a dilation of its own in each head, or a stack of all kinds of layers. */
export function soakEncoder(model: SoakModel): LongformerEncoder | ReformerEncoder {
  if (model === 'reformer') return createReformer(LSH_CONFIG, { seed: 11 });
  return createLongformer({ ...CONFIG, position: model === 'longformer' ? 'none' : 'rotary' }, { seed: 11 });
}

/**
 * Tokens `from` … `to` − 1 of the one endless input, `[to − from, inputSize]`, with their kinds: each is a function of its
 * position. Every 17th is masked and holds NaN.
 */
export function soakTokens(
  from: number,
  to: number,
  inputSize: number,
): { readonly tokens: Float32Array; readonly kinds: Uint8Array } {
  const tokens = new Float32Array((to - from) * inputSize);
  const kinds = new Uint8Array(to - from).fill(1);
  for (let position = from; position < to; position++) {
    const row = (position - from) * inputSize;
    if (position % MASKED_EVERY === MASKED_EVERY - 1) {
      kinds[position - from] = 0;
      tokens.fill(Number.NaN, row, row + inputSize);
      continue;
    }
    const random = new Random(position);
    for (let c = 0; c < inputSize; c++) tokens[row + c] = random.nextSymmetric(1);
  }
  return { tokens, kinds };
}

/**
 * The oldest token that the encoding of token `position` depends on: the left reaches of all layers before it. A stream
 * that starts there gives that encoding with the same bits: without pinned keys and positions, neither the lanes of the
 * softmax nor the order of its tree can tell where a window begins, and LSH lists its candidates by age. Where chunks are cut
 * by position the start is moved back to the beginning of one.
 */
export function receptiveStart(
  { config }: Pick<LongformerEncoder, 'config'> | Pick<ReformerEncoder, 'config'>,
  position: number,
): number {
  if ('layers' in config) {
    const reaches = {
      window: config.window === undefined ? 0 : (config.window.window - 1) * Math.max(...config.window.dilation),
      lsh: config.lsh?.horizon ?? 0,
      local: config.local === undefined ? 0 : (config.local.chunksBefore + 1) * config.local.chunkLength - 1,
    };
    const oldest = Math.max(0, position - config.layers.reduce((sum, kind) => sum + reaches[kind], 0));
    return oldest - (oldest % (config.local?.chunkLength ?? 1));
  }
  const reach = config.window.reduce((sum, keys, i) => sum + (keys - 1) * Math.max(...(config.dilation[i] ?? [1])), 0);
  return Math.max(0, position - reach);
}

import { Random } from '../../core/index.ts';
import { createLongformer, type LongformerConfig, type LongformerEncoder } from '../../models/index.ts';

/** Positions that are compared: without any, bits must be equal; rotary angles differ with the start of a stream. */
export type SoakPosition = 'none' | 'rotary';

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

/** A small encoder with look-ahead and a dilation of its own in each head, seeded. */
export function soakEncoder(position: SoakPosition): LongformerEncoder {
  return createLongformer({ ...CONFIG, position }, { seed: 11 });
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
 * that starts there, and not one token later, gives that encoding with the same bits: without pinned keys and positions,
 * neither the lanes of the softmax nor the order of its tree can tell where a window begins.
 */
export function receptiveStart({ config }: Pick<LongformerEncoder, 'config'>, position: number): number {
  const reach = config.window.reduce((sum, keys, i) => sum + (keys - 1) * Math.max(...(config.dilation[i] ?? [1])), 0);
  return Math.max(0, position - reach);
}

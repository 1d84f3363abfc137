import { Random } from '../../core/index.ts';

/** New tokens of all streams for one call. */
export interface Batch {
  /** Tokens of each stream. */
  readonly tokens: number;
  /** `[streams, tokens, inputSize]` */
  readonly all: Float32Array;
  /** Each stream's part of `all`, `[tokens, inputSize]`. */
  readonly each: readonly Float32Array[];
}

/** What a batch is made for. */
export interface BatchShape {
  readonly streams: number;
  readonly tokens: number;
  readonly inputSize: number;
}

/** Tokens with numbers uniform in [-1, 1). */
export function randomBatch(random: Random, { streams, tokens, inputSize }: BatchShape): Batch {
  const width = tokens * inputSize;
  const all = randomRows(random, streams * width);
  const each = Array.from({ length: streams }, (_, stream) => all.subarray(stream * width, (stream + 1) * width));
  return { tokens, all, each };
}

function randomRows(random: Random, count: number): Float32Array {
  const rows = new Float32Array(count);
  for (let i = 0; i < count; i++) rows[i] = random.nextSymmetric(1);
  return rows;
}

/** Seed of the tokens that fill the windows. */
const FILL_SEED = 7;
/** Fills are whole numbers of calls of so many tokens. */
export const FILL_TOKENS = 32;

/**
 * What every stream has seen before it is timed, the same for all engines and streams: `reach` tokens and at least 32 more
 * in batches of one stream, so that every window is full and every ring has begun anew.
 */
export function fillBatches(reach: number, inputSize: number): Batch[] {
  const random = new Random(FILL_SEED);
  const count = Math.ceil(reach / FILL_TOKENS) + 1;
  return Array.from({ length: count }, () => randomBatch(random, { streams: 1, tokens: FILL_TOKENS, inputSize }));
}

/** All tokens of {@link fillBatches}, `[count, inputSize]`. */
export function fillTokens(reach: number, inputSize: number): Float32Array {
  const batches = fillBatches(reach, inputSize);
  const width = FILL_TOKENS * inputSize;
  const all = new Float32Array(batches.length * width);
  for (const [i, batch] of batches.entries()) all.set(batch.all, i * width);
  return all;
}

import { InputError, Random, type StreamEncoder } from '../../core/index.ts';

/** Tokens of a sequence and their kinds. */
export interface PushedSequence {
  readonly tokens: Float32Array;
  readonly kinds: Uint8Array;
}

/** Random ways of cutting a stream that are tried besides one token at a time. */
const RANDOM_CUTS = 3;

/** Ways of cutting a stream: each gives the tokens of the next push. */
export function pushSizes(): (() => number)[] {
  const random = new Random(1);
  return [() => 1, ...Array.from({ length: RANDOM_CUTS }, () => () => 1 + Math.floor(9 * random.nextUnit()))];
}

/** Pushes a sequence in pieces of `nextPush` tokens and flushes. */
export function pushAndFlush(encoder: StreamEncoder, sequence: PushedSequence, nextPush: () => number): Float32Array {
  const encodings = new Float32Array(sequence.kinds.length * encoder.outputSize);
  const open = encoder.open();
  let at = 0;
  const keep = (rows: Float32Array): void => {
    encodings.set(rows, at);
    at += rows.length;
  };
  for (let t = 0; t < sequence.kinds.length; ) {
    const end = Math.min(sequence.kinds.length, t + nextPush());
    const tokens = sequence.tokens.subarray(t * encoder.inputSize, end * encoder.inputSize);
    keep(open.push(tokens, sequence.kinds.subarray(t, end)));
    t = end;
  }
  keep(open.flush());
  open.close();
  return encodings;
}

/** A stream must give what the finite sequence gives, bit for bit, besides agreeing with the reference. */
export function requireSameBits(streamed: Float32Array, settled: Float32Array, name: string): void {
  const at = streamed.findIndex((value, i) => !Object.is(value, settled[i]));
  if (at < 0) return;
  throw new InputError(
    'INPUT_UNREADABLE',
    `Expected the stream to give the bits of the finite sequence, got ${streamed[at]} instead of ${settled[at]} at ${at}`,
    { source: name },
  );
}

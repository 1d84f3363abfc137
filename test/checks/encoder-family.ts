import fc from 'fast-check';
import type { EncoderStream, StreamEncoder } from '../../core/index.ts';

/** Tokens `[T, inputSize]` with their kinds. */
export interface EncoderInput {
  readonly tokens: Float32Array;
  readonly kinds?: Uint8Array;
}

/** Input that an encoder must refuse, and how it says so. */
export interface RefusedInput extends EncoderInput {
  readonly what: string;
  readonly code: string;
  readonly message: string;
}

/** How a stream forgets what came before: after `reach` tokens nothing of an earlier prefix is left. */
export interface Forgetting {
  readonly reach: number;
  /** A prefix of a multiple of this many tokens leaves the bits alone too; `undefined` where only values stay. */
  readonly period: number | undefined;
  /** Only prefixes of a multiple of this many tokens leave no trace; default 1. */
  readonly step?: number;
}

/** What a family of encoders tells the contract suite about itself. */
export interface EncoderFamily<C, E extends StreamEncoder> {
  readonly name: string;
  /** Small configurations of every sort. */
  readonly configs: fc.Arbitrary<C>;
  create(config: C, seed: number): E;
  /** `count` tokens, with kinds or without, that a stream of the encoder takes. */
  input(encoder: E, count: number): fc.Arbitrary<EncoderInput>;
  /** The outputs of the finished stream by an independent float64 implementation, flat. */
  oracle(encoder: E, input: EncoderInput): readonly number[];
  /** Rounding alone may lead to other outputs than those of the oracle: a choice in between came out nearly even. */
  undecided?(encoder: E, input: EncoderInput): boolean;
  /** The outputs of the finished stream by the encoder's own pass over whole sequences, where it has one. */
  offline?(encoder: E, input: EncoderInput): Float32Array;
  /** Tokens between an input and its output, by the definition of the family; infinite where all comes at the end. */
  latency(encoder: E): number;
  /** `undefined` where the configuration keeps something for ever or counts positions. */
  forgetting(encoder: E): Forgetting | undefined;
  /** What this configuration refuses beyond what every encoder refuses, from a stream that took `position` tokens. */
  refused(encoder: E, position: number): readonly RefusedInput[];
  /** A configuration whose streams can run out of positions, with the tokens that still fit; `undefined` without such. */
  exhausting?: { readonly config: C; readonly room: number };
}

/** An encoder, input for it, and places to cut the input, in tokens, ascending. */
export interface EncoderCase<E> {
  readonly encoder: E;
  readonly seed: number;
  /** Makes an encoder of the same configuration with other weights. */
  readonly other: () => E;
  readonly input: EncoderInput;
  readonly cuts: readonly number[];
}

/** Cases of every configuration of a family, with at most `maxTokens` tokens. */
export function arbitraryCase<C, E extends StreamEncoder>(
  family: EncoderFamily<C, E>,
  maxTokens = 70,
): fc.Arbitrary<EncoderCase<E>> {
  const seeds = fc.integer({ min: 0, max: 2 ** 32 - 2 });
  return fc.tuple(family.configs, seeds, arbitraryCount(maxTokens)).chain(([config, seed, count]) => {
    const encoder = family.create(config, seed);
    const cuts = fc.array(fc.integer({ min: 0, max: count }), { maxLength: 6 });
    return fc.tuple(family.input(encoder, count), cuts).map(([input, places]) => ({
      encoder,
      seed,
      other: () => family.create(config, seed + 1),
      input,
      cuts: places.sort((a, b) => a - b),
      // What a failure prints: an encoder itself is pages of weights.
      [fc.toStringMethod]: () => JSON.stringify({ config, seed, count, cuts: places, kinds: input.kinds?.join('') }),
    }));
  });
}

/** Mostly long enough for every feature to come into play; a plain integer would be small too often. */
function arbitraryCount(max: number): fc.Arbitrary<number> {
  const long = fc.integer({ min: 0, max: max >> 1 }).map((less) => max - less);
  return fc.oneof({ weight: 1, arbitrary: fc.integer({ min: 0, max }) }, { weight: 3, arbitrary: long });
}

/** Finite tokens `[count, width]` of one magnitude, and reproducible from what a failure prints. */
export function arbitraryTokens(width: number, count: number): fc.Arbitrary<Float32Array> {
  return fc
    .tuple(fc.constantFrom(0.1, 1, 20), fc.integer({ min: 0, max: 1e6 }))
    .map(([scale, phase]) => new Float32Array(count * width).map((_, i) => scale * wave(i + phase)));
}

/** The bytes of an array, so that equality means equal bits. */
export function bits(array: Float32Array | Uint8Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
}

export function concat(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Tokens `from` .. `to` − 1 of an input. */
export function slice(encoder: StreamEncoder, input: EncoderInput, from: number, to?: number): EncoderInput {
  const { inputSize } = encoder;
  const tokens = input.tokens.subarray(from * inputSize, to === undefined ? undefined : to * inputSize);
  return input.kinds === undefined ? { tokens } : { tokens, kinds: input.kinds.subarray(from, to) };
}

/** Pushes in pieces cut at the given places, flushes, and joins what comes back. */
export function runCut(
  encoder: StreamEncoder,
  { input, cuts }: Pick<EncoderCase<unknown>, 'input' | 'cuts'>,
): Float32Array {
  const stream = encoder.open();
  const count = input.tokens.length / encoder.inputSize;
  const out: Float32Array[] = [];
  let at = 0;
  for (const cut of [...cuts, count]) {
    out.push(push(stream, slice(encoder, input, at, cut)));
    at = cut;
  }
  return concat([...out, stream.flush()]);
}

export function push(stream: EncoderStream, input: EncoderInput): Float32Array {
  return stream.push(input.tokens, input.kinds);
}

/** Everything that a stream gives for the rest of its tokens. */
export function finish(stream: EncoderStream, rest: EncoderInput): Float32Array {
  return concat([push(stream, rest), stream.flush()]);
}

function wave(i: number): number {
  return Math.sin(0.7 * i) + Math.cos(i * i) + 0.5 * Math.sin(1e-3 * i * i * i);
}

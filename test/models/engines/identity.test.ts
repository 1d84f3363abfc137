import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random, type StreamEncoder, type StreamPush } from '../../../core/index.ts';
import { arbitraryCase, bits, concat, type EncoderFamily, runCut, slice } from '../../checks/encoder-family.ts';
import { createRandom } from '../longformer/longformer-family.ts';
import { createRandomReformer } from '../reformer/reformer-family.ts';
import { longformersWithPrecision, reformersWithPrecision } from './precision-families.ts';

/** A family on one engine in every precision of its caches, and a way to make the same encoder on the other. */
interface Pair<C, E extends StreamEncoder> {
  readonly family: EncoderFamily<C, E>;
  readonly twin: (encoder: E, seed: number) => E;
}

/** The encodings and the last snapshot of a stream. */
function run(encoder: StreamEncoder, input: Parameters<typeof slice>[1], cuts: readonly number[]): string {
  const stream = encoder.open();
  const count = input.tokens.length / encoder.inputSize;
  const parts = [...cuts, count].map((end, i) => {
    const part = slice(encoder, input, i === 0 ? 0 : (cuts[i - 1] as number), end);
    return stream.push(part.tokens, part.kinds);
  });
  const text = bits(concat(parts)) + bits(stream.snapshot());
  stream.close();
  return text;
}

function checkPair<C, E extends StreamEncoder>(name: string, { family, twin }: Pair<C, E>): void {
  describe(`${name} on the engines wasm and reference`, () => {
    it('gives the same encodings and the same snapshots, however it is cut', () => {
      fc.assert(
        fc.property(arbitraryCase(family, 130), (one) => {
          const other = twin(one.encoder, one.seed);
          expect(run(other, one.input, [])).toBe(run(one.encoder, one.input, one.cuts));
        }),
        { numRuns: 240 },
      );
    });

    it('goes on from a snapshot of the other engine with the same bits', () => {
      fc.assert(
        fc.property(arbitraryCase(family, 100), fc.boolean(), (one, fromReference) => {
          const engines = [one.encoder, twin(one.encoder, one.seed)] as const;
          const [from, to] = fromReference ? [engines[1], engines[0]] : engines;
          const count = one.input.tokens.length / from.inputSize;
          const middle = one.cuts[0] ?? count >> 1;
          const first = from.open();
          const head = slice(from, one.input, 0, middle);
          const rest = slice(from, one.input, middle);
          first.push(head.tokens, head.kinds);
          const second = to.open();
          second.restore(first.snapshot());
          const went = concat([second.push(rest.tokens, rest.kinds), second.flush()]);
          expect(bits(went)).toBe(bits(concat([first.push(rest.tokens, rest.kinds), first.flush()])));
        }),
        { numRuns: 160 },
      );
    });

    it('pushes to many streams together as to each alone', () => {
      fc.assert(
        fc.property(arbitraryCase(family, 120), fc.integer({ min: 1, max: 40 }), (one, streamCount) => {
          const random = new Random(one.seed);
          const alone = bits(runCut(twin(one.encoder, one.seed), { input: one.input, cuts: [] }));
          expect(new Set(runTogether(one.encoder, one.input, { streamCount, random }))).toEqual(new Set([alone]));
        }),
        { numRuns: 100 },
      );
    });
  });
}

/** Pushes the same input to several streams in pieces of random lengths, each stream at its own pace; what each gave. */
function runTogether(
  encoder: StreamEncoder,
  input: Parameters<typeof slice>[1],
  { streamCount, random }: { readonly streamCount: number; readonly random: Random },
): string[] {
  const count = input.tokens.length / encoder.inputSize;
  const runs = Array.from({ length: streamCount }, () => {
    const parts: Float32Array[] = [];
    return { stream: encoder.open(), at: 0, parts };
  });
  while (runs.some(({ at }) => at < count)) {
    const going = runs.filter(({ at }) => at < count && random.nextUnit() < 0.7);
    const ends = going.map(({ at }) => Math.min(count, at + Math.floor(random.nextUnit() * 20)));
    const batch = going.map(({ stream, at }, i): StreamPush => {
      const { tokens, kinds } = slice(encoder, input, at, ends[i] as number);
      return { stream, tokens, ...(kinds === undefined ? {} : { kinds }) };
    });
    encoder.pushMany(batch).forEach((rows, i) => {
      going[i]?.parts.push(rows);
    });
    going.forEach((one, i) => {
      one.at = ends[i] as number;
    });
  }
  return runs.map(({ stream, parts }) => {
    const all = bits(concat([...parts, stream.flush()]));
    stream.close();
    return all;
  });
}

checkPair('a Longformer', {
  family: longformersWithPrecision({ engine: 'wasm' }),
  twin: ({ config, cachePrecision }, seed) => createRandom(config, seed, { engine: 'reference', cachePrecision }),
});
checkPair('a Reformer', {
  family: reformersWithPrecision({ engine: 'wasm' }),
  twin: ({ config, cachePrecision }, seed) =>
    createRandomReformer(config, seed, { engine: 'reference', cachePrecision }),
});

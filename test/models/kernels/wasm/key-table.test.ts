import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../../../core/index.ts';
import { CACHE_PRECISIONS, type Engine, type KeyTable } from '../../../../models/kernels/engine/index.ts';
import { ReferenceEngine } from '../../../../models/kernels/reference/index.ts';
import { createWasmEngine } from '../../../../models/kernels/wasm/index.ts';
import { arbitraryScale, expectSameBits, expectSameRows, fill, numbers, type Scale, take } from './bits.ts';

const PASS_ROWS = 5;

const cases = fc.record({
  cachePrecision: fc.constantFrom(...CACHE_PRECISIONS),
  heads: fc.integer({ min: 1, max: 3 }),
  headDim: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1, 4, 32)),
  slots: fc.integer({ min: 1, max: 70 }),
  tokens: fc.integer({ min: 1, max: 120 }),
  isShared: fc.boolean(),
  seed: fc.nat(),
  scale: arbitraryScale,
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

/** Fills a table in passes, and asks it with lists of any slots that hold something. */
function run(engine: Engine, one: Case): { readonly table: KeyTable; readonly out: Float32Array } {
  const { heads, headDim, slots, tokens, seed, scale, isShared } = one;
  const random = new Random(seed);
  const below = (n: number): number => Math.floor(random.nextUnit() * n);
  const width = heads * headDim;
  const rows = () => engine.rows(width + 1).columns(1, width);
  const [keys, values, query, out] = [rows(), rows(), rows(), rows()];
  const table = engine.openTable({ heads, headDim, slots });
  const pass = Math.min(PASS_ROWS, slots);
  for (let position = 0; position < tokens; position += pass) {
    fill(keys, numbers(random, pass * width, scale as Scale));
    fill(values, numbers(random, pass * width, scale as Scale));
    table.store(keys, values, { from: 0, count: Math.min(pass, tokens - position), position });
  }
  const held = Math.min(slots, tokens);
  const candidates = engine.candidateLists(isShared ? 1 : heads, 40);
  for (let list = 0; list < PASS_ROWS * candidates.lists; list++) {
    candidates.counts[list] = below(5) === 0 ? 0 : below(41);
    const start = candidates.offset + list * candidates.capacity;
    for (let i = 0; i < 40; i++) candidates.slots[start + i] = below(held);
  }
  fill(query, numbers(random, PASS_ROWS * width, 'plain'));
  fill(out, new Float32Array(PASS_ROWS * width).fill(7));
  table.attend(query, out, { from: 0, count: PASS_ROWS, candidates });
  return { table, out: take(out, PASS_ROWS) };
}

it('a table stores and attends with the bits of the reference, in every precision', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { cachePrecision, slots, tokens } = one;
      const wasm = run(createWasmEngine({ passRows: PASS_ROWS, cachePrecision }), one);
      const reference = run(new ReferenceEngine({ passRows: PASS_ROWS, cachePrecision }), one);
      expectSameBits(wasm.out, reference.out);
      const oldest = Math.max(0, tokens - slots);
      const contents = wasm.table.read(oldest, tokens);
      expectSameRows(contents, reference.table.read(oldest, tokens));
      expect(contents.scales.length > 0).toBe(cachePrecision !== 'float32');
    }),
    { numRuns: 300 },
  );
});

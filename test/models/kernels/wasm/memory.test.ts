import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConfigError, type LongwaveError, OverflowError } from '../../../../core/index.ts';
import { createWasmEngine } from '../../../../models/kernels/wasm/index.ts';
import { type Block, MAX_MEMORY_BYTES, WasmMemory } from '../../../../models/kernels/wasm/memory.ts';

const MEBIBYTE = 2 ** 20;
const SHAPE = { heads: 2, headDim: 16, window: 300, lookAhead: 0, dilation: [1, 1], sinks: 0, globals: 0 };

it('blocks that are held never overlap, start at lines of 64 bytes and keep what is in them while the memory grows', () => {
  const action = fc.record({ bytes: fc.integer({ min: 1, max: 300_000 }), releases: fc.option(fc.nat()) });
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 60 }), (actions) => {
      const memory = new WasmMemory(MAX_MEMORY_BYTES);
      const held: { block: Block; mark: number }[] = [];
      const own = memory.usedBytes;
      actions.forEach(({ bytes, releases }, mark) => {
        const block = memory.claim(bytes);
        expect(block.offset % 16).toBe(0);
        expect(block.byteLength).toBeGreaterThanOrEqual(bytes);
        memory.f32.fill(mark, block.offset, block.offset + block.byteLength / 4);
        held.push({ block, mark });
        if (releases !== null) {
          const [gone] = held.splice(releases % held.length, 1);
          memory.release((gone as { block: Block }).block);
        }
      });
      for (const { block, mark } of held) {
        const part = memory.f32.subarray(block.offset, block.offset + block.byteLength / 4);
        expect(part.every((value) => value === mark)).toBe(true);
      }
      expect(memory.usedBytes).toBe(own + held.reduce((sum, { block }) => sum + block.byteLength, 0));
      expect(memory.reservedBytes).toBeGreaterThanOrEqual(memory.usedBytes);
    }),
  );
});

it('a block that was given back serves the next claim of its size, once however often it is given back', () => {
  const memory = new WasmMemory(MAX_MEMORY_BYTES);
  const block = memory.claim(5000);
  memory.release(block);
  memory.release(block);
  expect(memory.claim(5000).offset).toBe(block.offset);
  expect(memory.claim(5000).offset).not.toBe(block.offset);
});

it('streams that open and close do not grow the memory', () => {
  const engine = createWasmEngine({ passRows: 4 });
  engine.openWindow(SHAPE).close();
  const { reservedBytes, usedBytes } = engine.memory;
  for (let i = 0; i < 1000; i++) engine.openWindow(SHAPE).close();
  expect(engine.memory.usedBytes).toBe(usedBytes);
  expect(engine.memory.reservedBytes).toBe(reservedBytes);
});

it('more than the limit is refused with the limit and the need, and leaves everything as it was', () => {
  const memory = new WasmMemory(MEBIBYTE);
  memory.claim(MEBIBYTE / 2);
  const { reservedBytes, usedBytes } = memory;
  const refusal = (): unknown => {
    try {
      return memory.claim(MEBIBYTE / 2);
    } catch (error) {
      return error;
    }
  };
  const error = refusal() as LongwaveError;
  expect(error).toBeInstanceOf(OverflowError);
  expect(error.code).toBe('MEMORY_EXHAUSTED');
  expect(error.message).toContain(`${MEBIBYTE} bytes`);
  expect(error.message).toContain(`got ${MEBIBYTE + 1024} bytes`);
  expect(memory.usedBytes).toBe(usedBytes);
  expect(memory.reservedBytes).toBe(reservedBytes);
  expect(memory.claim(MEBIBYTE / 4).byteLength).toBe(MEBIBYTE / 4);
});

it('a cache for which there is no room leaves the memory and the other caches as they were', () => {
  const engine = createWasmEngine({ passRows: 4, memoryLimitBytes: MEBIBYTE });
  const first = engine.openWindow(SHAPE);
  const { usedBytes } = engine.memory;
  const huge = { ...SHAPE, window: 100_000 };
  expect(() => engine.openWindow(huge)).toThrow(OverflowError);
  // Here the cache has room, but not the scores of its queries.
  expect(() => engine.openWindow({ ...SHAPE, window: 12_000, heads: 1, headDim: 1, dilation: [1] })).toThrow(
    OverflowError,
  );
  expect(engine.memory.usedBytes).toBe(usedBytes);
  expect(first.newest).toBe(-1);
});

it.each([MEBIBYTE - 1, MAX_MEMORY_BYTES + 1, Number.NaN, 2_000_000.5])('a limit of %d bytes is refused', (limit) => {
  expect(() => createWasmEngine({ passRows: 1, memoryLimitBytes: limit })).toThrow(ConfigError);
});

it('a cache that nobody holds any more gives its memory back without being closed', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const engine = createWasmEngine({ passRows: 4 });
  engine.openWindow(SHAPE).close();
  const { usedBytes } = engine.memory;
  const drop = (): void => {
    for (let i = 0; i < 20; i++) engine.openWindow(SHAPE);
  };
  drop();
  expect(engine.memory.usedBytes).toBeGreaterThan(usedBytes);
  for (let turn = 0; turn < 100 && engine.memory.usedBytes > usedBytes; turn++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(engine.memory.usedBytes).toBe(usedBytes);
});

it('numbers beyond 2 GiB have their places too', () => {
  const memory = new WasmMemory(MAX_MEMORY_BYTES);
  expect(memory.claim(2.25 * 2 ** 30).offset).toBe(256);
  const { offset } = memory.claim(64);
  memory.f32[offset + 15] = 5;
  expect(memory.f32[offset + 15]).toBe(5);
  expect(4 * offset).toBeGreaterThan(2 ** 31);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandwidthReader } from '../../../bench/encoder/bandwidth.ts';
import { openReader, type ReadMemory, readModule } from '../../../bench/encoder/bandwidth-module.ts';
import { tokenTraffic } from '../../../bench/encoder/configs.ts';
import { longformerModel } from '../../../bench/encoder/models.ts';

interface Wasm {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly r: ReadMemory } };
}

describe('the reader of memory', () => {
  it('reads every block of the bytes that it is told to, and none behind them', () => {
    const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
    const memory = new Memory({ initial: 1 });
    const read = new Instance(new Module(readModule()), { m: { m: memory } }).exports.r;
    const words = new Int32Array(memory.buffer);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 32 }),
        fc.nat(255),
        fc.integer({ min: 1, max: 3 }),
        (turns, vector, times) => {
          words[vector * 4] = 1 << (vector % 31);
          const found = read(turns * 128, times);
          words[vector * 4] = 0;
          expect(found).toBe(vector * 16 < turns * 128 ? 1 << (vector % 31) : 0);
        },
      ),
    );
  });

  it('opens over memory that has been written to', () => {
    expect(openReader(200_000)(200_064, 2)).toBe(0x01010101);
  });
});

describe('the bandwidth', () => {
  it('is that of one reading of weights and caches', () => {
    const model = longformerModel('A');
    const reader = bandwidthReader(model);
    const line = reader.measurement({ usPerToken: 50, lowest: 40, slices: 3 });
    expect(line).toMatchObject({ bench: 'bandwidth', config: 'A', floorUs: 50 });
    expect(reader.timed.tokensPerCall).toBe(1);
    expect(reader.timed.call()).toBeUndefined();
    // 4 layers of 512 keys and values of 128 numbers; weights as many as there are parameters.
    expect(tokenTraffic(model.encoder).cacheBytes).toBe(4 * 512 * 2 * 128 * 4);
    const read = 4 * model.encoder.parameterCount + 4 * 512 * 2 * 128 * 4;
    expect(line.bytes - read).toBeGreaterThanOrEqual(0);
    expect(line.bytes - read).toBeLessThan(128);
    expect(line.gbPerSecond).toBeCloseTo(line.bytes / 50 / 1000, 9);
  });
});

import { expect, it } from 'vitest';
import { createWasmEngine, isWasmSupported } from '../../../../models/kernels/wasm/index.ts';
import { KERNELS_BASE64 } from '../../../../models/kernels/wasm/module.generated.ts';
import { hasData, instructionsOf } from './wasm-instructions.ts';

const bytes = Uint8Array.from(atob(KERNELS_BASE64), (character) => character.charCodeAt(0));
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: (new (
      bytes: Uint8Array,
    ) => object) & {
      imports(module: object): object[];
      exports(module: object): { name: string; kind: string }[];
    };
  };
};

it('the module imports a memory and nothing else, exports functions only, and brings no data', () => {
  const module = new WebAssembly.Module(bytes);
  expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  expect(WebAssembly.Module.exports(module).every(({ kind }) => kind === 'function')).toBe(true);
  expect(hasData(bytes)).toBe(false);
});

it('the module has vector arithmetic, and no fused or relaxed instruction', () => {
  const simd = instructionsOf(bytes).flatMap(({ opcode, extended }) => (opcode === 0xfd ? [extended] : []));
  const [F32X4_ADD, F32X4_MUL, FIRST_RELAXED] = [228, 230, 0x100];
  expect(simd).toContain(F32X4_ADD);
  expect(simd).toContain(F32X4_MUL);
  expect(simd.filter((extended) => extended >= FIRST_RELAXED)).toEqual([]);
});

it('the reader of instructions sees a relaxed multiplication with addition', () => {
  // (func (param v128 v128 v128) (result v128) local.get 0, 1, 2, f32x4.relaxed_madd)
  const body = [0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 0x02, 0x0b];
  const code = [10, body.length + 2, 1, body.length, ...body];
  const module = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, ...code);
  expect(instructionsOf(module)).toContainEqual({ opcode: 0xfd, extended: 0x105 });
});

it('a new engine holds nothing but zeros', () => {
  const engine = createWasmEngine({ passRows: 1 });
  expect(engine.rows(1).data.every((value) => value === 0)).toBe(true);
});

it('says whether the host runs vectors in WebAssembly', () => {
  const host = globalThis as { WebAssembly?: unknown };
  const own = host.WebAssembly;
  expect(isWasmSupported()).toBe(true);
  try {
    host.WebAssembly = { validate: () => false };
    expect(isWasmSupported()).toBe(false);
    delete host.WebAssembly;
    expect(isWasmSupported()).toBe(false);
  } finally {
    host.WebAssembly = own;
  }
});

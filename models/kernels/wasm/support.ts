import { webAssembly } from './web-assembly.ts';

/** A module of one function that gives a vector of zeros: (func (result v128) (i8x16.splat (i32.const 0))). */
const SIMD_MODULE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 5, 1, 96, 0, 1, 123],
  ...[3, 2, 1, 0],
  ...[10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
);

/** Whether this host runs WebAssembly with 128-bit vectors. */
export function isWasmSupported(): boolean {
  return webAssembly()?.validate(SIMD_MODULE) ?? false;
}

import type { CacheKernels } from './cache-kernels.ts';
import { KERNELS_BASE64 } from './module.generated.ts';
import { requireWebAssembly, type WebAssemblyMemory, type WebAssemblyModule } from './web-assembly.ts';

/**
 * The exports of the module. Places in memory and strides count float32 numbers; see the files of `assembly/` for what each does.
 */
export interface Kernels extends CacheKernels {
  linear(
    weight: number,
    bias: number,
    inSize: number,
    outSize: number,
    x: number,
    xStride: number,
    out: number,
    outStride: number,
    count: number,
  ): void;
  layerNorm(
    weight: number,
    bias: number,
    size: number,
    eps: number,
    x: number,
    xStride: number,
    out: number,
    outStride: number,
    count: number,
  ): void;
  activate(name: number, x: number, stride: number, width: number, count: number): void;
  addRows(x: number, xStride: number, y: number, yStride: number, width: number, count: number): void;
  scaleRows(x: number, stride: number, factor: number, width: number, count: number): void;
  divideRows(x: number, stride: number, divisor: number, width: number, count: number): void;
  rotate(
    x: number,
    xStride: number,
    width: number,
    tables: number,
    tableStride: number,
    headDim: number,
    count: number,
  ): void;
  storePinned(cache: number, slot: number, position: number, masked: number, key: number, value: number): void;
  normaliseKeys(
    x: number,
    xStride: number,
    out: number,
    outStride: number,
    heads: number,
    headDim: number,
    count: number,
  ): void;
  chooseBuckets(
    x: number,
    xStride: number,
    heads: number,
    headDim: number,
    rotated: number,
    rotatedStride: number,
    headStride: number,
    rounds: number,
    halves: number,
    factors: number,
    count: number,
    buckets: number,
    margins: number,
  ): void;
}

let compiled: WebAssemblyModule | undefined;

/** Instantiates the kernels over a memory; the module is compiled once in a process. */
export function instantiateKernels(memory: WebAssemblyMemory): Kernels {
  const host = requireWebAssembly();
  compiled ??= new host.Module(decodeBase64(KERNELS_BASE64));
  return new host.Instance(compiled, { env: { memory } }).exports as Kernels;
}

function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

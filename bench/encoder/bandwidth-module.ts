/** The one function of the module: reads `bytes` (a multiple of 128) from address 0 on, `times` over. */
export type ReadMemory = (bytes: number, times: number) => number;

/** What is used of WebAssembly, whose types come with the DOM only. */
interface WebAssemblyApi {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

const PAGE = 65_536;
const V128 = 0x7b;
const I32 = 0x7f;
// Locals: the parameters, the address, and four sums that do not wait for each other.
const [BYTES, TIMES, AT, SUMS] = [0, 1, 2, 3];
const LANES = 4;
const LOADS = 8;

/**
 * A WebAssembly module (binary format of the core specification, with SIMD) that does nothing but load vectors and join
 * them by `or`, eight loads of 16 bytes a turn, so that only memory can hold it up.
 */
export function readModule(): Uint8Array<ArrayBuffer> {
  const get = (local: number): number[] => [0x20, local];
  const set = (local: number): number[] => [0x21, local];
  const constant = (value: number): number[] => [0x41, ...signed(value)];
  const load = (offset: number): number[] => [...get(AT), 0xfd, 0x00, 4, ...unsigned(offset)];
  const or = [0xfd, 0x50];
  const turn = Array.from({ length: LOADS }, (_, i) => {
    const sum = SUMS + (i % LANES);
    return [...get(sum), ...load(16 * i), ...or, ...set(sum)];
  }).flat();
  const body = [
    // loop: at = 0; loop: read 128 bytes; at += 128; again while at < bytes; end; times -= 1; again while times > 0
    ...[0x03, 0x40],
    ...[...constant(0), ...set(AT)],
    ...[0x03, 0x40],
    ...turn,
    ...[...get(AT), ...constant(16 * LOADS), 0x6a, 0x22, AT, ...get(BYTES), 0x49, 0x0d, 0],
    0x0b,
    ...[...get(TIMES), ...constant(1), 0x6b, 0x22, TIMES, 0x0d, 0],
    0x0b,
    // One lane of the sums is given back, so that no load may be left out.
    ...Array.from({ length: LANES - 1 }, (_, i) => [...get(SUMS), ...get(SUMS + 1 + i), ...or, ...set(SUMS)]).flat(),
    ...[...get(SUMS), 0xfd, 0x1b, 0],
    0x0b,
  ];
  const code = [2, 1, I32, LANES, V128, ...body];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, I32, I32, 1, I32]),
    ...section(2, [1, ...name('m'), ...name('m'), 0x02, 0x00, 0]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('r'), 0x00, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

/** Compiles {@link readModule} over a memory of at least `bytes`, whose every page has been written to. */
export function openReader(bytes: number): ReadMemory {
  const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
  const memory = new Memory({ initial: Math.ceil(bytes / PAGE) });
  new Uint8Array(memory.buffer).fill(1);
  const instance = new Instance(new Module(readModule()), { m: { m: memory } });
  return instance.exports.r as ReadMemory;
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return [text.length, ...Buffer.from(text)];
}

/** LEB128 */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))];
}

/** Signed LEB128 of a number that is not negative. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value % 128) + 128, ...signed(Math.floor(value / 128))];
}

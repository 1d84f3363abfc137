import { WeightsError } from '../../../core/index.ts';
import { decodeFloat32, decodeFloat64, decodeInt8, decodeIntegers } from './decode.ts';
import { quote, withSource } from './faults.ts';
import { LENGTH_BYTES, parseHeader, parseHeaderLength } from './header.ts';
import type { Header, TensorInfo } from './tensor-info.ts';

/**
 * Tensors of a file or of several shards, checked as a whole; each `read` decodes one tensor when it is asked for.
 * Arrays come flat, row-major. Where the bytes already are the numbers, the array is a view of them: do not write into
 * it. The host must be little-endian, as the format is.
 *
 * All reads throw a WeightsError: `WEIGHTS_MISMATCH` when there is no such tensor, `WEIGHTS_UNSUPPORTED` when it has
 * another dtype than the read takes.
 */
export interface Safetensors extends Header {
  /** F32 as it is, F16 and BF16 widened exactly (twice their bytes), I8 as plain numbers (four times its bytes). */
  read(name: string): Float32Array;
  /** F64. */
  readFloat64(name: string): Float64Array;
  /** I8 without widening, for weights that carry their scales elsewhere. */
  readInt8(name: string): Int8Array;
  /**
   * I32, I8, U8 and BOOL (0 or 1) as int32, I64 as float64.
   * @throws WeightsError `WEIGHTS_UNSUPPORTED` for an I64 value that float64 does not hold exactly,
   * `WEIGHTS_MALFORMED` for a BOOL other than 0 and 1.
   */
  readIntegers(name: string): Int32Array | Float64Array;
}

/** Options of {@link parseSafetensors}. */
export interface ParseSafetensorsOptions {
  /** Where the bytes came from, for error messages. Default: none. */
  readonly source?: string;
}

/**
 * Reads a safetensors file from its bytes, which may be hostile: everything that the header says is checked before
 * anything is allocated for it. The bytes are kept, not copied.
 *
 * ```ts
 * const file = parseSafetensors(writeSafetensors(new Map([['bias', { shape: [2], values: [0.5, -1] }]])));
 * file.tensors.get('bias')?.shape; // [2]
 * file.read('bias'); // Float32Array [0.5, -1]
 * ```
 *
 * @throws WeightsError `WEIGHTS_MALFORMED`, `WEIGHTS_UNSUPPORTED` for a dtype that cannot be read.
 */
export function parseSafetensors(bytes: Uint8Array, options: ParseSafetensorsOptions = {}): Safetensors {
  const { source } = options;
  const dataStart = withSource(source, () => LENGTH_BYTES + parseHeaderLength(bytes, bytes.length));
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset + dataStart, bytes.length - dataStart);
  const header = withSource(source, () => parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), data.length));
  return openData(header, data, options);
}

/** Joins a checked header with the data that it describes. */
export function openData(header: Header, data: Uint8Array, { source }: ParseSafetensorsOptions): Safetensors {
  const stored = (name: string): { readonly info: TensorInfo; readonly bytes: Uint8Array } => {
    const info = requireTensor(header, name);
    return { info, bytes: data.subarray(info.begin, info.end) };
  };
  return {
    ...header,
    read: (name) => withSource(source, () => decodeFloat32(stored(name))),
    readFloat64: (name) => withSource(source, () => decodeFloat64(stored(name))),
    readInt8: (name) => withSource(source, () => decodeInt8(stored(name))),
    readIntegers: (name) => withSource(source, () => decodeIntegers(stored(name))),
  };
}

/**
 * Finds a tensor by its name.
 * @throws WeightsError `WEIGHTS_MISMATCH`.
 */
export function requireTensor({ tensors }: Header, name: string): TensorInfo {
  const info = tensors.get(name);
  if (info === undefined) {
    throw new WeightsError(
      'WEIGHTS_MISMATCH',
      `Expected a tensor ${quote(name)}, got none among ${tensors.size} tensors`,
    );
  }
  return info;
}

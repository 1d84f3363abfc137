import { WeightsError } from '../../../core/index.ts';
import type { Dtype } from './dtype.ts';
import { malformed, quote } from './faults.ts';
import { decodeBfloat16, decodeFloat16 } from './small-float.ts';
import type { TensorInfo } from './tensor-info.ts';

/** A tensor with its own bytes, and only those. */
interface Stored {
  readonly info: TensorInfo;
  readonly bytes: Uint8Array;
}

/** Reads F32, F16, BF16 or I8 as float32. F32 is a view of the bytes where they are aligned. */
export function decodeFloat32({ info, bytes }: Stored): Float32Array {
  const { dtype } = info;
  if (dtype === 'F32') {
    const aligned = align(bytes, 4);
    return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  }
  if (dtype === 'F16') return decodeFloat16(words(bytes));
  if (dtype === 'BF16') return decodeBfloat16(words(bytes));
  if (dtype === 'I8') return Float32Array.from(signed(bytes));
  throw wrongReader(info, ['F32', 'F16', 'BF16', 'I8']);
}

/** Reads F64, as a view of the bytes where they are aligned. */
export function decodeFloat64({ info, bytes }: Stored): Float64Array {
  if (info.dtype !== 'F64') throw wrongReader(info, ['F64']);
  const aligned = align(bytes, 8);
  return new Float64Array(aligned.buffer, aligned.byteOffset, aligned.length / 8);
}

/** Reads I8 as a view of the bytes. */
export function decodeInt8({ info, bytes }: Stored): Int8Array {
  if (info.dtype !== 'I8') throw wrongReader(info, ['I8']);
  return signed(bytes);
}

/** Reads I32, I8, U8 or BOOL as int32 (I32 is a view of the bytes where they are aligned) and I64 as float64. */
export function decodeIntegers({ info, bytes }: Stored): Int32Array | Float64Array {
  const { dtype } = info;
  if (dtype === 'I32') {
    const aligned = align(bytes, 4);
    return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  }
  if (dtype === 'I64') return decodeInt64(info.name, bytes);
  if (dtype === 'I8') return Int32Array.from(signed(bytes));
  if (dtype === 'U8') return Int32Array.from(bytes);
  if (dtype === 'BOOL') return decodeBooleans(info.name, bytes);
  throw wrongReader(info, ['I32', 'I64', 'I8', 'U8', 'BOOL']);
}

function decodeInt64(name: string, bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float64Array(bytes.length / 8);
  for (let i = 0; i < values.length; i++) {
    const exact = view.getBigInt64(8 * i, true);
    const value = Number(exact);
    if (!Number.isSafeInteger(value)) {
      throw new WeightsError(
        'WEIGHTS_UNSUPPORTED',
        `Expected the integers of ${quote(name)} to lie between -2^53 and 2^53, got ${exact} at index ${i}`,
      );
    }
    values[i] = value;
  }
  return values;
}

function decodeBooleans(name: string, bytes: Uint8Array): Int32Array {
  const wrong = bytes.findIndex((byte) => byte > 1);
  if (wrong >= 0) {
    throw malformed(`Expected the booleans of ${quote(name)} to be 0 or 1, got ${bytes[wrong]} at index ${wrong}`);
  }
  return Int32Array.from(bytes);
}

function words(bytes: Uint8Array): Uint16Array {
  const aligned = align(bytes, 2);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

function signed(bytes: Uint8Array): Int8Array {
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The same bytes at an address that numbers of this size can be viewed at; a copy only where there is none. */
function align(bytes: Uint8Array, bytesPerElement: number): Uint8Array {
  return bytes.byteOffset % bytesPerElement === 0 ? bytes : bytes.slice();
}

function wrongReader({ name, dtype }: TensorInfo, allowed: readonly Dtype[]): WeightsError {
  return new WeightsError(
    'WEIGHTS_UNSUPPORTED',
    `Expected \`dtype\` of ${quote(name)} to be one of ${allowed.join(', ')} for this read, got ${dtype}`,
  );
}

import { arithmetic } from '../../../core/index.ts';

/** A binary format of 16 bits: sign, exponent, fraction. */
interface SmallFloat {
  readonly fractionBits: number;
  /** Exponent of the smallest normal number; subnormals share it. */
  readonly minExponent: number;
  readonly infinity: number;
  /** The one quiet NaN that is written. */
  readonly nan: number;
}

const FLOAT16: SmallFloat = { fractionBits: 10, minExponent: -14, infinity: 0x7c00, nan: 0x7e00 };
const BFLOAT16: SmallFloat = { fractionBits: 7, minExponent: -126, infinity: 0x7f80, nan: 0x7fc0 };

const scratch = new DataView(new ArrayBuffer(8));

/** Value of one unit of the fraction for each of the 32 exponent fields of float16. */
const FLOAT16_UNITS = Float64Array.from({ length: 32 }, (_, field) => arithmetic.powerOfTwo(Math.max(field, 1) - 25));

/** Widens float16 numbers, given by their bits, exactly: subnormals, infinities and the sign of zero included. */
export function decodeFloat16(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i];
    const field = (word >>> 10) & 31;
    const fraction = word & 1023;
    const magnitude = field === 31 ? infinityOrNan(fraction) : (fraction + (field && 1024)) * FLOAT16_UNITS[field];
    values[i] = word & 0x8000 ? -magnitude : magnitude;
  }
  return values;
}

/** Widens bfloat16 numbers, given by their bits, exactly: they are the upper halves of float32 numbers. */
export function decodeBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i] << 16;
  return new Float32Array(words.buffer);
}

/** The bits of the float16 number nearest to `value`, ties to even; from 65520 on infinity. */
export function encodeFloat16(value: number): number {
  return encode(value, FLOAT16);
}

/** The bits of the bfloat16 number nearest to `value`, ties to even; beyond its range infinity. */
export function encodeBfloat16(value: number): number {
  return encode(value, BFLOAT16);
}

/** Rounds once, straight from float64. The carry of the fraction runs into the exponent field, as it should. */
function encode(value: number, format: SmallFloat): number {
  if (Number.isNaN(value)) return format.nan;
  scratch.setFloat64(0, value);
  const high = scratch.getUint32(0);
  const sign = (high >>> 16) & 0x8000;
  const exponent = Math.max(((high >>> 20) & 0x7ff) - 1023, format.minExponent);
  const units = roundHalfToEven(Math.abs(value) * arithmetic.powerOfTwo(format.fractionBits - exponent));
  const bits = (exponent - format.minExponent) * (1 << format.fractionBits) + units;
  return sign | Math.min(bits, format.infinity);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function infinityOrNan(fraction: number): number {
  return fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
}

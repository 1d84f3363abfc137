import { WeightsError } from '../../../core/index.ts';
import { DTYPE_BYTES, type WritableDtype } from './dtype.ts';
import { quote } from './faults.ts';
import { encodeBfloat16, encodeFloat16 } from './small-float.ts';

/** What is written under one name. */
export interface TensorData {
  /** Row-major; `[]` is a single number. */
  readonly shape: readonly number[];
  /** As many numbers as the shape gives. */
  readonly values: ArrayLike<number>;
  /** Default: the `dtype` of the options. */
  readonly dtype?: WritableDtype;
}

type Put = (view: DataView, at: number, value: number) => void;

const PUT: Readonly<Record<WritableDtype, Put>> = {
  F64: (view, at, value) => view.setFloat64(at, value, true),
  F32: (view, at, value) => view.setFloat32(at, value, true),
  F16: (view, at, value) => view.setUint16(at, encodeFloat16(value), true),
  BF16: (view, at, value) => view.setUint16(at, encodeBfloat16(value), true),
  I32: (view, at, value) => view.setInt32(at, value, true),
  I8: (view, at, value) => view.setInt8(at, value),
};

/** The range of the dtypes that hold integers and are never rounded to. */
const INTEGER_LIMITS: Partial<Readonly<Record<WritableDtype, number>>> = { I32: 2 ** 31, I8: 2 ** 7 };

/** Where and as what {@link encodeValues} writes. */
export interface Place {
  readonly name: string;
  readonly dtype: WritableDtype;
  readonly view: DataView;
  /** Byte in the view. */
  readonly begin: number;
}

/**
 * Writes numbers as little-endian bytes. Floats are rounded to the nearest, ties to even, and overflow to infinity.
 * @throws WeightsError `WEIGHTS_UNSUPPORTED` for a number that an integer dtype does not hold.
 */
export function encodeValues(values: ArrayLike<number>, { name, dtype, view, begin }: Place): void {
  const put = PUT[dtype];
  const size = DTYPE_BYTES[dtype];
  const limit = INTEGER_LIMITS[dtype];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (limit !== undefined && !(Number.isInteger(value) && value >= -limit && value < limit)) {
      throw new WeightsError(
        'WEIGHTS_UNSUPPORTED',
        `Expected ${dtype} ${quote(name)} to hold integers in ${-limit}..${limit - 1}, got ${value} at index ${i}`,
      );
    }
    put(view, begin + i * size, value);
  }
}

import type { Dtype } from './dtype.ts';

/** What the header says of one tensor. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  /** Row-major; `[]` is a single number. */
  readonly shape: readonly number[];
  /** First byte, counted from the start of the data of its file. */
  readonly begin: number;
  /** The byte after the last one. */
  readonly end: number;
}

/** What a file says of itself before its data. */
export interface Header {
  /** Free text of the file, e.g. `format`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Tensors by name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

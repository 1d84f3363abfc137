/** Named tensors of a weights file, read when asked for. */
export interface TensorSource {
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  /** The values of a tensor as float32, row-major. */
  read(name: string): Float32Array;
}

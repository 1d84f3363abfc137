/** Bytes of one number of every dtype that can be read. */
export const DTYPE_BYTES = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I8: 1, U8: 1, BOOL: 1 } as const;

/** How the numbers of a tensor are stored. `F32`, `F16`, `BF16` and `I8` hold weights, the others golden numbers. */
export type Dtype = keyof typeof DTYPE_BYTES;

/** The dtypes that the writer takes. */
export const WRITABLE_DTYPES = ['F32', 'F16', 'BF16', 'I8', 'F64', 'I32'] as const satisfies readonly Dtype[];

/** A dtype that the writer takes, see {@link WRITABLE_DTYPES}. */
export type WritableDtype = (typeof WRITABLE_DTYPES)[number];

/** Whether a word from a header names a dtype that can be read. */
export function isDtype(word: string): word is Dtype {
  return Object.hasOwn(DTYPE_BYTES, word);
}

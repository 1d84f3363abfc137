/** The part of fft.js 4 that is used here; the package ships no types. */
declare module 'fft.js' {
  export default class FFT {
    /** @param size a power of two above 1 */
    constructor(size: number);
    /** Twiddle factors `[size, 2]`: cos and -sin of 2 pi i / (2 size) for even i. */
    readonly table: number[];
    /** Writes bins 0 .. size / 2 of a real input `[size]` to `out` `[size, 2]` as (re, im) pairs. */
    realTransform(out: Float64Array, data: Float64Array): void;
  }
}

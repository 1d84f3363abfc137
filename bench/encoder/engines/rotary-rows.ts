import type { LongformerEncoder } from '../../../models/index.ts';

/** Sines and cosines for the positions of a call. */
export interface RotaryRows {
  /** `[streams, tokens, headDim / 2]` */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** Fills rotary tables for engines that are given them; angles in double precision, as in the encoder. */
export class RotaryWriter {
  readonly #frequencies: Float64Array;

  constructor({ config }: LongformerEncoder) {
    const { headDim, rotaryBase } = config;
    this.#frequencies = Float64Array.from({ length: headDim / 2 }, (_, i) => rotaryBase ** ((-2 * i) / headDim));
  }

  empty(streams: number, tokens: number): RotaryRows {
    const length = streams * tokens * this.#frequencies.length;
    return { cos: new Float32Array(length), sin: new Float32Array(length) };
  }

  /** All streams stand at `position`, so the rows are worked out once. */
  write({ cos, sin }: RotaryRows, tokens: number, position: number): void {
    let at = 0;
    for (let t = 0; t < tokens; t++) {
      for (let i = 0; i < this.#frequencies.length; i++, at++) {
        const angle = (position + t) * (this.#frequencies[i] as number);
        cos[at] = Math.cos(angle);
        sin[at] = Math.sin(angle);
      }
    }
    for (let filled = at; filled < cos.length; filled += at) {
      cos.copyWithin(filled, 0, at);
      sin.copyWithin(filled, 0, at);
    }
  }
}

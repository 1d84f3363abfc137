/** Bytes of a signed number in the zigzag form of Protocol Buffers, which Kafka's records use. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = zigzag(value); rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Writes a signed number and returns the place behind it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = zigzag(value);
  let place = at;
  while (rest >= 128) {
    target[place++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  target[place++] = rest;
  return place;
}

/** Within ±2^51, so that it stays exact. */
function zigzag(value: number): number {
  return value >= 0 ? 2 * value : -2 * value - 1;
}

/** Reads varints and bytes one after the other; what it gives never lies beyond the end. */
export class VarintReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, from: number) {
    this.#bytes = bytes;
    this.#at = from;
  }

  get position(): number {
    return this.#at;
  }

  /** @throws RangeError where the bytes end */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new RangeError(`Expected a number of at most 8 bytes before byte ${this.#at}`);
  }

  /**
   * A view of bytes with their length before them; `null` where that is -1.
   * @throws RangeError where they do not fit
   */
  sized(): Buffer | null {
    const length = this.varint();
    if (length === -1) return null;
    if (length < 0 || length > this.#bytes.length - this.#at) {
      throw new RangeError(`Expected a length in -1..${this.#bytes.length - this.#at}, got ${length}`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

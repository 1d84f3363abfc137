const EMPTY = new Uint8Array(0);

/**
 * Reads an async stream of byte pieces by length. Holds one piece at a time, so its memory is that of the
 * piece plus the length asked for.
 */
export class ByteCursor {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = EMPTY;
  #at = 0;
  #offset = 0;
  #ended = false;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#iterator = pieces[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * The next `length` bytes, fewer only where the stream ends. The result may be a view of the arrived piece
   * and is valid until the next call. The caller bounds `length`.
   */
  async read(length: number): Promise<Uint8Array> {
    if (!(await this.#fill())) return EMPTY;
    const whole = this.#take(length);
    if (whole.length === length) return whole;
    const bytes = new Uint8Array(length);
    bytes.set(whole);
    let filled = whole.length;
    while (filled < length && (await this.#fill())) {
      const part = this.#take(length - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes.subarray(0, filled);
  }

  /** Passes over `length` bytes without keeping them and returns how many there were. */
  async skip(length: number): Promise<number> {
    let skipped = 0;
    while (skipped < length && (await this.#fill())) skipped += this.#take(length - skipped).length;
    return skipped;
  }

  /** Releases the stream. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#piece = EMPTY;
    this.#at = 0;
    await this.#iterator.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#at === this.#piece.length) {
      if (this.#ended) return false;
      const next = await this.#iterator.next();
      if (next.done === true) {
        this.#ended = true;
        return false;
      }
      this.#piece = next.value;
      this.#at = 0;
    }
    return true;
  }

  #take(most: number): Uint8Array {
    const part = this.#piece.subarray(this.#at, this.#at + most);
    this.#at += part.length;
    this.#offset += part.length;
    return part;
  }
}

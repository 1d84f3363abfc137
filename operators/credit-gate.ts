/**
 * Counts what is under way between a source and the end of its processing, in items and in bytes. Credit goes out
 * with {@link take} and comes back when the function it returned is called.
 */
export class CreditGate {
  readonly #credits: number;
  readonly #maxBytes: number;
  #items = 0;
  #bytes = 0;
  #wake: (() => void) | undefined;

  constructor(limits: { readonly credits: number; readonly maxBytes: number }) {
    this.#credits = limits.credits;
    this.#maxBytes = limits.maxBytes;
  }

  /** Whether another item may be read. */
  get open(): boolean {
    return this.#items < this.#credits && this.#bytes < this.#maxBytes;
  }

  /** Resolves when credit came back or {@link wake} was called. One waiter at a time. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Takes credit for an item; the returned function gives it back, once however often it is called. */
  take(bytes: number): () => void {
    this.#items += 1;
    this.#bytes += bytes;
    let out = true;
    return () => {
      if (!out) return;
      out = false;
      this.#items -= 1;
      this.#bytes -= bytes;
      this.wake();
    };
  }

  /** Lets the waiter look again. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

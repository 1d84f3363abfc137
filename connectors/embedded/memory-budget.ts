import { OverflowError } from '../../core/index.ts';

/** Counts the bytes that a broker holds in memory. */
export class MemoryBudget {
  readonly #maxBytes: number;
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /**
   * Makes sure of room for what is about to be held.
   * @throws OverflowError `BUFFER_OVERFLOW`
   */
  require(bytes: number, where: { readonly topic: string; readonly partition: number }): void {
    if (this.#held + bytes <= this.#maxBytes) return;
    throw new OverflowError(
      'BUFFER_OVERFLOW',
      `Expected the embedded broker to hold at most \`maxBytes\` ${this.#maxBytes}, it holds ${this.#held} and topic ` +
        `${where.topic}, partition ${where.partition} asks for ${bytes} more`,
    );
  }

  /** Counts bytes as held; markers come without a check, since a transaction has to end. */
  take(bytes: number): void {
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}

import { NOT_SEEN } from '../onnx/longformer-graph.ts';

/** Which slots of a ring of keys the tokens of a call do not see: `[streams, tokens, window]`, added to their scores. */
export class RingMask {
  readonly values: Float32Array;
  readonly #window: number;
  readonly #tokens: number;
  /** Position of the last call whose mask is in {@link values}, with the ring full; −1 without. */
  #last = -1;

  constructor(shape: { readonly streams: number; readonly tokens: number; readonly window: number }) {
    this.values = new Float32Array(shape.streams * shape.tokens * shape.window);
    this.#window = shape.window;
    this.#tokens = shape.tokens;
  }

  /** For tokens from `position` on, when all earlier ones are stored: token t of the call does not see t + 1 of the oldest. */
  write(position: number): void {
    if (position < this.#window) {
      this.#writeFilling(position);
      return;
    }
    if (this.#last < 0) this.values.fill(0);
    else this.#mark(this.#last, 0);
    this.#mark(position, NOT_SEEN);
    this.#last = position;
  }

  #mark(position: number, value: number): void {
    const rows = this.values.length / this.#window;
    for (let row = 0; row < rows; row++) {
      const start = row * this.#window;
      const oldest = row % this.#tokens;
      for (let i = 0; i <= oldest; i++) this.values[start + ((position + i) % this.#window)] = value;
    }
  }

  /** Slots from `position` on are empty; those that leave the window of a later token of the call are the first ones. */
  #writeFilling(position: number): void {
    this.#last = -1;
    for (let start = 0, row = 0; start < this.values.length; start += this.#window, row++) {
      const gone = Math.max(0, position + (row % this.#tokens) + 1 - this.#window);
      this.values.fill(NOT_SEEN, start, start + this.#window);
      if (gone < position) this.values.fill(0, start + gone, start + position);
    }
  }
}

/**
 * The mask of caches that hold the latest keys, oldest first, and of the call's own keys behind them:
 * `[streams, tokens, window + tokens]`. Before `position` = window the first places of the caches are empty.
 */
export function bandMask(
  shape: { readonly streams: number; readonly tokens: number; readonly window: number },
  position = Number.POSITIVE_INFINITY,
): Float32Array {
  const { streams, tokens, window } = shape;
  const width = window + tokens;
  const empty = Math.max(0, window - position);
  const mask = new Float32Array(streams * tokens * width).fill(NOT_SEEN);
  for (let row = 0; row < streams * tokens; row++) {
    const t = row % tokens;
    mask.fill(0, row * width + Math.max(empty, t + 1), row * width + t + 1 + window);
  }
  return mask;
}

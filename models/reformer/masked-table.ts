import type { Engine, KeyTable, RowRange, Rows } from '../kernels/index.ts';

/** The tokens of some rows of a pass, the first at `position`. */
export interface StoredTokens extends RowRange {
  position: number;
  kinds: Uint8Array;
}

/**
 * Keys, values and masks of the last `span` tokens of a stream, with room for the tokens of a pass beside them. The token at
 * position p lies in slot p mod {@link slots}.
 */
export class MaskedTable {
  readonly keys: KeyTable;
  readonly slots: number;
  /** Tokens that later ones can see. */
  readonly span: number;
  /** `[slots]`, 1 where the token is masked. */
  readonly masked: Uint8Array;
  readonly #heads: number;
  readonly #headDim: number;

  constructor(engine: Engine, shape: { readonly heads: number; readonly headDim: number; readonly span: number }) {
    this.#heads = shape.heads;
    this.#headDim = shape.headDim;
    this.span = shape.span;
    this.slots = shape.span + engine.passRows;
    this.keys = engine.openTable({ ...shape, slots: this.slots });
    this.masked = new Uint8Array(this.slots);
  }

  get byteLength(): number {
    return this.keys.byteLength + this.masked.byteLength;
  }

  /** Stores the keys and values `[heads * headDim]` of some tokens over those that nobody sees any more. */
  store(keys: Rows, values: Rows, tokens: StoredTokens): void {
    this.keys.store(keys, values, tokens);
    for (let i = 0; i < tokens.count; i++) {
      this.masked[(tokens.position + i) % this.slots] = tokens.kinds[tokens.from + i] === 0 ? 1 : 0;
    }
  }

  /** Numbers that {@link read} gives before position `next`. */
  lengthAt(next: number): number {
    return 2 * this.#heads * Math.min(next, this.span) * this.#headDim;
  }

  /** Keys, values and masks of the tokens before `next` that are seen, oldest first. */
  read(next: number): { readonly rows: Float32Array; readonly masked: Uint8Array } {
    const oldest = Math.max(0, next - this.span);
    const masked = new Uint8Array(next - oldest).map((_, i) => this.masked[(oldest + i) % this.slots] as number);
    return { rows: this.keys.read(oldest, next), masked };
  }

  /** Fills an empty table with what {@link read} gave; false when a mask is neither 0 nor 1. */
  write(next: number, rows: Float32Array, masked: Uint8Array): boolean {
    if (masked.some((flag) => flag > 1)) return false;
    const oldest = Math.max(0, next - this.span);
    this.keys.write(oldest, next, rows);
    masked.forEach((flag, i) => {
      this.masked[(oldest + i) % this.slots] = flag;
    });
    return true;
  }

  copyFrom(other: MaskedTable): void {
    this.keys.copyFrom(other.keys);
    this.masked.set(other.masked);
  }

  close(): void {
    this.keys.close();
  }
}

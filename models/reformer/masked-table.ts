import type { SnapshotReader, SnapshotWriter } from '../../core/index.ts';
import type { Engine, KeyTable, RowRange, Rows } from '../kernels/index.ts';
import { readCacheRows, writeCacheRows } from '../stack/index.ts';

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

  /** Writes keys, values and masks of the tokens before `next` that are seen, oldest first. */
  write(writer: SnapshotWriter, next: number): void {
    const oldest = Math.max(0, next - this.span);
    writeCacheRows(writer, this.keys.read(oldest, next), this.keys.precision);
    writer.array(new Uint8Array(next - oldest).map((_, i) => this.masked[(oldest + i) % this.slots] as number));
  }

  /**
   * Fills an empty table with what {@link write} wrote; false when a mask is neither 0 nor 1.
   * @throws SnapshotError
   */
  read(reader: SnapshotReader, next: number): boolean {
    const oldest = Math.max(0, next - this.span);
    const vectors = 2 * this.#heads * (next - oldest);
    const rows = readCacheRows(reader, this.keys.precision, { vectors, headDim: this.#headDim });
    const masked = reader.uint8Array(next - oldest);
    if (masked.some((flag) => flag > 1)) return false;
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

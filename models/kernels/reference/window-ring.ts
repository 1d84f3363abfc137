import type { CachePrecision, RowRange, Rows, WindowCache, WindowCacheShape, WindowContents } from '../engine/index.ts';
import { KEY_BLOCK, KeyRing } from './key-ring.ts';
import { PinnedKeys } from './pinned-keys.ts';
import { readRow, writeRow } from './row-buffer.ts';
import { WindowAttention } from './window-attention.ts';

const NO_PINNED = { positions: new Float64Array(0), masked: new Uint8Array(0), rows: new Float32Array(0) };

/** Vectors of one token in work, and what attends; shared by the caches of an engine that have the same shape. */
export class WindowScratch {
  readonly attention: WindowAttention;
  readonly a: Float32Array;
  readonly b: Float32Array;

  constructor(shape: WindowCacheShape) {
    this.attention = new WindowAttention(shape.window + shape.lookAhead + shape.sinks + shape.globals);
    this.a = new Float32Array(shape.heads * shape.headDim);
    this.b = new Float32Array(this.a.length);
  }
}

/** A window cache of the reference engine: a ring of keys and the pinned keys, token by token. */
export class WindowRing implements WindowCache {
  readonly #ring: KeyRing;
  readonly #pinned: PinnedKeys | undefined;
  readonly #scratch: WindowScratch;

  /** @param host `passRows`: most tokens that are stored before the first of them looks */
  constructor(
    shape: WindowCacheShape,
    host: { readonly passRows: number; readonly cachePrecision: CachePrecision },
    scratch: WindowScratch,
  ) {
    const { passRows, cachePrecision } = host;
    const widest = Math.max(...shape.dilation);
    const rightReach = shape.lookAhead * widest;
    const reach = (shape.window - 1) * widest + rightReach;
    this.#ring = new KeyRing(shape, reach + passRows + KEY_BLOCK, cachePrecision);
    const pinned = { ...shape, rightReach, ahead: passRows };
    this.#pinned = shape.sinks + shape.globals > 0 ? new PinnedKeys(pinned) : undefined;
    this.#scratch = scratch;
  }

  get precision(): CachePrecision {
    return this.#ring.precision;
  }

  get byteLength(): number {
    return this.#ring.byteLength + (this.#pinned?.byteLength ?? 0);
  }

  get newest(): number {
    return this.#ring.newest;
  }

  get pinnedKeys(): number {
    return this.#pinned?.count ?? 0;
  }

  store(keys: Rows, values: Rows, { from, count, kinds }: RowRange & { kinds: Uint8Array }): void {
    const { a, b } = this.#scratch;
    for (let row = from; row < from + count; row++) {
      const kind = kinds[row] as number;
      readRow(keys, row, a);
      readRow(values, row, b);
      this.#ring.store(a, b, kind === 0 ? 1 : 0);
      this.#pinned?.offer(this.#ring.newest, kind, a, b);
    }
  }

  attend(query: Rows, out: Rows, { from, count, position }: RowRange & { position: number }): void {
    const { attention, a, b } = this.#scratch;
    for (let i = 0; i < count; i++) {
      readRow(query, from + i, a);
      attention.apply(this.#ring, this.#pinned, position + i, a, b);
      writeRow(out, from + i, b);
    }
  }

  copyFrom(other: WindowCache): void {
    const { ring, pinned } = own(other);
    this.#ring.copyFrom(ring);
    if (this.#pinned !== undefined && pinned !== undefined) this.#pinned.copyFrom(pinned);
  }

  read(): WindowContents {
    const { positions, masked, rows } = this.#pinned?.read() ?? NO_PINNED;
    return {
      rows: this.#ring.read(),
      masked: this.#ring.readMasked(),
      pinnedPositions: positions,
      pinnedMasked: masked,
      pinnedRows: rows,
    };
  }

  write(taken: number, contents: WindowContents): boolean {
    const pinned = {
      positions: contents.pinnedPositions,
      masked: contents.pinnedMasked,
      rows: contents.pinnedRows,
    };
    if (!this.#ring.write(taken - 1, contents.rows, contents.masked)) return false;
    return (
      this.#pinned?.write(taken, pinned) ?? pinned.positions.length + pinned.masked.length + pinned.rows.length === 0
    );
  }

  close(): void {
    // Its arrays go with it.
  }

  /** What {@link copyFrom} takes over. */
  get parts(): { readonly ring: KeyRing; readonly pinned: PinnedKeys | undefined } {
    return { ring: this.#ring, pinned: this.#pinned };
  }
}

function own(cache: WindowCache): WindowRing['parts'] {
  return (cache as WindowRing).parts;
}

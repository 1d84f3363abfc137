import { SnapshotError, type SnapshotReader, type SnapshotWriter } from '../../core/index.ts';
import { KeyRing, PinnedKeys, type WindowShape } from '../kernels/reference/index.ts';
import type { LayerState } from './layer.ts';

/** Sizes of a layer's state beyond its window. */
export interface WindowStateShape extends WindowShape {
  /** Width of the row that goes through the layer. */
  readonly rowSize: number;
  /** The first tokens of the stream that stay visible. */
  readonly sinks: number;
  /** The latest tokens marked global that stay visible. */
  readonly globals: number;
}

/** What one stream remembers in a window layer: keys and values, pinned ones, and the tokens that wait for later keys. */
export class WindowState implements LayerState {
  readonly ring: KeyRing;
  readonly pinned: PinnedKeys | undefined;
  /** Tokens by which the output of the layer lags its input. */
  readonly delay: number;
  /** Row and scaled query of waiting tokens, `[delay + 1, rowSize + heads * headDim]`, at position mod (delay + 1); empty when causal. */
  readonly #waiting: Float32Array;
  /** Kinds of waiting tokens, `[delay + 1]`. */
  readonly #waitingKinds: Uint8Array;
  /** Position of the next token to leave. */
  next = 0;

  constructor(shape: WindowStateShape) {
    this.ring = new KeyRing(shape);
    this.delay = this.ring.rightReach;
    this.pinned = shape.sinks + shape.globals > 0 ? new PinnedKeys({ ...shape, rightReach: this.delay }) : undefined;
    const places = this.delay === 0 ? 0 : this.delay + 1;
    this.#waiting = new Float32Array(places * (shape.rowSize + shape.heads * shape.headDim));
    this.#waitingKinds = new Uint8Array(places);
  }

  get byteLength(): number {
    const pinned = this.pinned?.byteLength ?? 0;
    return this.ring.byteLength + pinned + this.#waiting.byteLength + this.#waitingKinds.byteLength;
  }

  get windowFill(): number {
    return Math.min(this.ring.newest + 1, this.ring.window + this.ring.lookAhead);
  }

  get pinnedKeys(): number {
    return this.pinned?.count ?? 0;
  }

  /** Tokens taken in and not yet given out. */
  get waitingCount(): number {
    return this.ring.newest + 1 - this.next;
  }

  /** Keeps what token `position` needs later. */
  wait(position: number, row: Float32Array, query: Float32Array, kind: number): void {
    const slot = position % (this.delay + 1);
    const at = slot * (row.length + query.length);
    for (let c = 0; c < row.length; c++) this.#waiting[at + c] = row[c] as number;
    for (let c = 0; c < query.length; c++) this.#waiting[at + row.length + c] = query[c] as number;
    this.#waitingKinds[slot] = kind;
  }

  /** Brings back what {@link wait} kept of token `position`, and returns its kind. */
  recall(position: number, row: Float32Array, query: Float32Array): number {
    const slot = position % (this.delay + 1);
    const at = slot * (row.length + query.length);
    for (let c = 0; c < row.length; c++) row[c] = this.#waiting[at + c] as number;
    for (let c = 0; c < query.length; c++) query[c] = this.#waiting[at + row.length + c] as number;
    return this.#waitingKinds[slot] as number;
  }

  copyFrom(other: this): void {
    this.ring.copyFrom(other.ring);
    if (this.pinned !== undefined && other.pinned !== undefined) this.pinned.copyFrom(other.pinned);
    this.#waiting.set(other.#waiting);
    this.#waitingKinds.set(other.#waitingKinds);
    this.next = other.next;
  }

  /** The keys and values that later tokens still see, the pinned ones and the waiting tokens; where they are follows from the position. */
  write(writer: SnapshotWriter): void {
    writer.array(this.ring.read());
    writer.array(this.ring.readMasked());
    if (this.pinned !== undefined) {
      const { counts, masked, rows } = this.pinned.read();
      writer.array(counts);
      writer.array(masked);
      writer.array(rows);
    }
    writer.array(this.#waiting);
    writer.array(this.#waitingKinds);
  }

  read(reader: SnapshotReader, taken: number): void {
    const { ring, pinned } = this;
    const kept = Math.min(taken, ring.leftReach + ring.rightReach);
    const rows = reader.float32Array(2 * ring.heads * kept * ring.headDim);
    const ringHolds = ring.write(taken - 1, rows, reader.uint8Array(kept));
    const pinsHold =
      pinned === undefined ||
      pinned.write(
        taken,
        reader.float64Array(2 + pinned.slots),
        reader.uint8Array(pinned.slots),
        reader.float32Array(2 * pinned.keys.length),
      );
    this.#waiting.set(reader.float32Array(this.#waiting.length));
    this.#waitingKinds.set(reader.uint8Array(this.#waitingKinds.length));
    this.next = Math.max(0, taken - this.delay);
    if (ringHolds && pinsHold && this.#waitingKinds.every((kind) => kind <= 2)) return;
    throw new SnapshotError(
      'SNAPSHOT_CORRUPT',
      'Expected the masks, kinds and pinned keys of a layer to be in their ranges',
    );
  }
}

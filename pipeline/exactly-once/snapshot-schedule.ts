import type { LiveStream } from './live-stream.ts';

/** When a stream's state is written. */
export interface SnapshotLimits {
  /** So long after the first record that no snapshot stands for, in ms; +∞: states are not written. Bounds what a restart reads again. */
  readonly snapshotMs: number;
  /** After so many bytes of records. */
  readonly snapshotBytes: number;
  /** Bytes of caches whose snapshots go into one commit; a larger one goes alone. */
  readonly maxBytesPerCommit: number;
}

/** Chooses which streams' states are written with a commit: those that are due, oldest first, a few at a time. */
export class SnapshotSchedule {
  readonly #limits: SnapshotLimits;
  /** Streams with records that no snapshot stands for, and since when; oldest first. */
  readonly #dirtySince = new Map<LiveStream, number>();
  readonly #heavy = new Set<LiveStream>();

  constructor(limits: SnapshotLimits) {
    this.#limits = limits;
  }

  /** Notes that a stream has had records. */
  touched(stream: LiveStream, nowMs: number): void {
    if (this.#limits.snapshotMs === Number.POSITIVE_INFINITY) return;
    if (!this.#dirtySince.has(stream)) this.#dirtySince.set(stream, nowMs);
    if (stream.bytesSinceSnapshot >= this.#limits.snapshotBytes) this.#heavy.add(stream);
  }

  /** Forgets a stream that ended. */
  forget(stream: LiveStream): void {
    this.#dirtySince.delete(stream);
    this.#heavy.delete(stream);
  }

  /** When the next stream is due, in ms of the clock; +∞ while nothing is to be written. */
  get dueMs(): number {
    if (this.#heavy.size > 0) return Number.NEGATIVE_INFINITY;
    for (const since of this.#dirtySince.values()) return since + this.#limits.snapshotMs;
    return Number.POSITIVE_INFINITY;
  }

  /** The streams to write now: at `nowMs` those that are due, at +∞ all with unwritten records. They count as written. */
  take(nowMs: number): LiveStream[] {
    const { snapshotMs, maxBytesPerCommit } = this.#limits;
    const taken: LiveStream[] = [];
    let bytes = 0;
    const isRoomFor = (stream: LiveStream): boolean => {
      bytes += stream.task.stats.cacheBytes;
      return taken.length === 0 || bytes <= maxBytesPerCommit;
    };
    for (const stream of this.#heavy) {
      if (!isRoomFor(stream)) break;
      taken.push(stream);
    }
    for (const [stream, since] of this.#dirtySince) {
      if (since + snapshotMs > nowMs || bytes > maxBytesPerCommit) break;
      if (this.#heavy.has(stream)) continue;
      if (!isRoomFor(stream)) break;
      taken.push(stream);
    }
    for (const stream of taken) {
      stream.bytesSinceSnapshot = 0;
      this.forget(stream);
    }
    return taken;
  }
}

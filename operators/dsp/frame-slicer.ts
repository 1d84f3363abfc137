import { requireInteger, SnapshotError, type SnapshotReader, type SnapshotWriter } from '../../core/index.ts';

const MAX_LENGTH = 2 ** 24;

/** Options of framing, in samples. */
export interface FrameOptions {
  /** Samples in a frame, 1..2^24. */
  readonly frameLength: number;
  /** Samples from one frame's start to the next one's, 1..2^24; above `frameLength` samples are skipped. */
  readonly hopLength: number;
}

/**
 * Cuts a stream of samples into frames: frame n holds samples n × hopLength .. n × hopLength + frameLength - 1,
 * with no centring and no padding. Holds at most one frame. Cost per frame is one copy of it.
 */
export class FrameSlicer {
  readonly frameLength: number;
  readonly hopLength: number;
  /** The frame being filled `[frameLength]`; whole inside the callback of `push`, which must not keep it. */
  readonly frame: Float32Array;
  #filled = 0;
  /** Samples to drop before the next frame begins, when the hop is longer than the frame. */
  #toSkip = 0;
  #position = 0;

  /** @throws ConfigError */
  constructor(options: FrameOptions) {
    this.frameLength = requireInteger('frameLength', options.frameLength, { min: 1, max: MAX_LENGTH });
    this.hopLength = requireInteger('hopLength', options.hopLength, { min: 1, max: MAX_LENGTH });
    this.frame = new Float32Array(this.frameLength);
  }

  /** Samples taken so far. */
  get position(): number {
    return this.#position;
  }

  /** How many frames the next `count` samples will complete. */
  framesIn(count: number): number {
    const held = this.#filled - this.#toSkip + count;
    return held < this.frameLength ? 0 : Math.floor((held - this.frameLength) / this.hopLength) + 1;
  }

  /** Takes samples `[T]` and calls `onFrame` each time `frame` is whole. */
  push(samples: Float32Array | Float64Array, onFrame: (index: number) => void): void {
    let at = 0;
    let index = 0;
    this.#position += samples.length;
    while (at < samples.length) {
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, samples.length - at);
        this.#toSkip -= skipped;
        at += skipped;
        continue;
      }
      const taken = Math.min(this.frameLength - this.#filled, samples.length - at);
      this.frame.set(samples.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled < this.frameLength) return;
      onFrame(index++);
      this.frame.copyWithin(0, Math.min(this.hopLength, this.frameLength));
      this.#filled = Math.max(0, this.frameLength - this.hopLength);
      this.#toSkip = Math.max(0, this.hopLength - this.frameLength);
    }
  }

  /** What the next frame holds already, `[0 .. frameLength - 1]`: a view. */
  get held(): Float32Array {
    return this.frame.subarray(0, this.#filled);
  }

  reset(): void {
    this.#filled = 0;
    this.#toSkip = 0;
    this.#position = 0;
  }

  /** Appends the state to a snapshot. */
  save(writer: SnapshotWriter): void {
    writer.float64(this.#position);
    writer.uint32(this.#toSkip);
    writer.array(this.held);
  }

  /**
   * Reads the state and returns a function that takes it over, to be called once the whole snapshot was read.
   * @throws SnapshotError
   */
  load(reader: SnapshotReader): () => void {
    const position = reader.float64();
    const toSkip = reader.uint32();
    const held = reader.float32Array();
    if (held.length >= this.frameLength || toSkip > this.hopLength) {
      throw new SnapshotError(
        'SNAPSHOT_CORRUPT',
        `Expected fewer than ${this.frameLength} held samples in the snapshot, got ${held.length}`,
      );
    }
    return () => {
      this.#position = position;
      this.#toSkip = toSkip;
      this.#filled = held.length;
      this.frame.set(held);
    };
  }
}

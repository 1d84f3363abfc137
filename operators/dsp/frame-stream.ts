import { type SnapshotIdentity, SnapshotReader, SnapshotWriter, sha256Hex } from '../../core/index.ts';
import { MAX_FLOAT32, requireFinite } from './finite-samples.ts';
import { type FrameOptions, FrameSlicer } from './frame-slicer.ts';
import type { TokenStream } from './token-stream.ts';

/** Mono samples `[T]` → frames `[T', frameLength]` as they are. Samples after the last whole frame give nothing. */
export class FrameStream implements TokenStream {
  readonly width: number;
  readonly #slicer: FrameSlicer;
  readonly #identity: SnapshotIdentity;

  /** @throws ConfigError for an option out of range. */
  constructor(options: FrameOptions) {
    this.#slicer = new FrameSlicer(options);
    this.width = this.#slicer.frameLength;
    const modelHash = sha256Hex(`${this.#slicer.frameLength} ${this.#slicer.hopLength}`);
    this.#identity = { kind: 'frames', version: 1, modelHash };
  }

  push(samples: Float32Array | Float64Array): Float32Array {
    requireFinite(samples, { channels: 1, startRow: this.#slicer.position, limit: MAX_FLOAT32 });
    const frames = new Float32Array(this.#slicer.framesIn(samples.length) * this.width);
    this.#slicer.push(samples, (index) => frames.set(this.#slicer.frame, index * this.width));
    return frames;
  }

  flush(): Float32Array {
    return new Float32Array(0);
  }

  reset(): void {
    this.#slicer.reset();
  }

  snapshot(): Uint8Array {
    const writer = new SnapshotWriter(this.#identity);
    this.#slicer.save(writer);
    return writer.finish();
  }

  restore(bytes: Uint8Array): void {
    const reader = new SnapshotReader(bytes, this.#identity);
    const takeOver = this.#slicer.load(reader);
    reader.finish();
    takeOver();
  }
}

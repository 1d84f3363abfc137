import type { EncoderStats } from '../../core/index.ts';
import type { SoftmaxAverage } from '../kernels/reference/index.ts';
import { LayerState } from './layer-state.ts';
import type { LongformerShared } from './shared.ts';

/** Everything that one stream remembers. */
export class StreamState {
  readonly layers: readonly LayerState[];
  /** Sums of the read-out, where the configuration has one. */
  readonly sums: SoftmaxAverage | undefined;
  /** Tokens between an input and its output. */
  readonly latency: number;
  /** Tokens taken in. */
  position = 0;
  /** Tokens taken in that took a place among the positions. */
  place = 0;
  /** Set by flush: all is given out, the layers are of no more use. */
  ended = false;

  constructor(shared: LongformerShared) {
    this.layers = shared.weights.layers.map((_, i) => new LayerState(shared.config, i));
    this.sums = shared.readout?.open();
    this.latency = this.layers.reduce((sum, layer) => sum + layer.delay, 0);
  }

  /** Tokens taken in and not yet given out. */
  get pending(): number {
    return this.ended ? 0 : Math.min(this.position, this.latency);
  }

  /** Outputs that leave when `count` more tokens come. */
  leavingAfter(count: number): number {
    return Math.max(0, this.position + count - this.latency) - Math.max(0, this.position - this.latency);
  }

  copyFrom(other: StreamState): void {
    this.layers.forEach((layer, i) => {
      layer.copyFrom(other.layers[i] as LayerState);
    });
    if (this.sums !== undefined && other.sums !== undefined) this.sums.copyFrom(other.sums);
    this.position = other.position;
    this.place = other.place;
    this.ended = other.ended;
  }

  stats(): EncoderStats {
    return {
      position: this.position,
      cacheBytes: this.layers.reduce((sum, layer) => sum + layer.byteLength, this.sums?.byteLength ?? 0),
      windowFill: this.layers.map(({ ring }) => Math.min(ring.newest + 1, ring.window + ring.lookAhead)),
      pinnedKeys: this.layers.map(({ pinned }) => pinned?.count ?? 0),
      pendingTokens: this.pending,
    };
  }
}

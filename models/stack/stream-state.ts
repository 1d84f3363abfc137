import type { EncoderStats } from '../../core/index.ts';
import type { SoftmaxAverage } from '../kernels/reference/index.ts';
import type { LayerState } from './layer.ts';
import { latencyOf, type StackModel } from './stack-model.ts';

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

  constructor(model: StackModel) {
    this.layers = openLayers(model);
    this.sums = model.readout?.open();
    this.latency = latencyOf(model.layers);
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

  /** Gives the memory of the layers back. */
  close(): void {
    for (const layer of this.layers) layer.close();
  }

  stats(): EncoderStats {
    const lsh = this.layers.flatMap((state, layer) => {
      const found = state.lshStats?.();
      return found === undefined ? [] : [{ layer, ...found }];
    });
    return {
      position: this.position,
      cacheBytes: this.layers.reduce((sum, layer) => sum + layer.byteLength, this.sums?.byteLength ?? 0),
      windowFill: this.layers.map((layer) => layer.windowFill),
      pinnedKeys: this.layers.map((layer) => layer.pinnedKeys),
      pendingTokens: this.pending,
      ...(lsh.length > 0 ? { lsh } : {}),
    };
  }
}

/** States of all layers, or of none when there is no memory for one. */
function openLayers(model: StackModel): LayerState[] {
  const states: LayerState[] = [];
  try {
    for (const layer of model.layers) states.push(layer.open());
  } catch (error) {
    for (const state of states) state.close();
    throw error;
  }
  return states;
}

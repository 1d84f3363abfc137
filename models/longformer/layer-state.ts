import { KeyRing, PinnedKeys, type WindowShape } from '../kernels/reference/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';

/** What one stream remembers in one layer: keys and values, pinned ones, and the tokens that still wait for later keys. */
export class LayerState {
  readonly ring: KeyRing;
  readonly pinned: PinnedKeys | undefined;
  /** Tokens by which the output of this layer lags its input. */
  readonly delay: number;
  /** Residual and scaled query of waiting tokens, `[delay + 1, 2, hiddenSize]`, at position mod (delay + 1); empty when causal. */
  readonly waiting: Float32Array;
  /** Kinds of waiting tokens, `[delay + 1]`. */
  readonly waitingKinds: Uint8Array;
  /** Position of the next token to leave. */
  next = 0;

  constructor(config: ResolvedLongformerConfig, layer: number) {
    const shape = windowShape(config, layer);
    this.ring = new KeyRing(shape);
    this.delay = this.ring.rightReach;
    const pins = config.sinks + config.globals > 0;
    this.pinned = pins
      ? new PinnedKeys({ ...shape, sinks: config.sinks, globals: config.globals, rightReach: this.delay })
      : undefined;
    this.waiting = new Float32Array(this.delay === 0 ? 0 : (this.delay + 1) * 2 * config.hiddenSize);
    this.waitingKinds = new Uint8Array(this.delay === 0 ? 0 : this.delay + 1);
  }

  get byteLength(): number {
    return (
      this.ring.byteLength + (this.pinned?.byteLength ?? 0) + this.waiting.byteLength + this.waitingKinds.byteLength
    );
  }

  /** Tokens taken in and not yet given out. */
  get waitingCount(): number {
    return this.ring.newest + 1 - this.next;
  }

  /** Keeps what token `position` needs later. */
  wait(position: number, x: Float32Array, query: Float32Array, kind: number): void {
    const slot = position % (this.delay + 1);
    const at = slot * 2 * x.length;
    for (let c = 0; c < x.length; c++) {
      this.waiting[at + c] = x[c] as number;
      this.waiting[at + x.length + c] = query[c] as number;
    }
    this.waitingKinds[slot] = kind;
  }

  /** Brings back what {@link wait} kept of token `position`, and returns its kind. */
  recall(position: number, x: Float32Array, query: Float32Array): number {
    const slot = position % (this.delay + 1);
    const at = slot * 2 * x.length;
    for (let c = 0; c < x.length; c++) {
      x[c] = this.waiting[at + c] as number;
      query[c] = this.waiting[at + x.length + c] as number;
    }
    return this.waitingKinds[slot] as number;
  }

  copyFrom(other: LayerState): void {
    this.ring.copyFrom(other.ring);
    if (this.pinned !== undefined && other.pinned !== undefined) this.pinned.copyFrom(other.pinned);
    this.waiting.set(other.waiting);
    this.waitingKinds.set(other.waitingKinds);
    this.next = other.next;
  }
}

/** The window of a layer as the kernels take it. */
export function windowShape(config: ResolvedLongformerConfig, layer: number): WindowShape {
  return {
    heads: config.numHeads,
    headDim: config.headDim,
    window: config.window[layer] as number,
    lookAhead: config.lookAhead[layer] as number,
    dilation: config.dilation[layer] as readonly number[],
  };
}

import type { WindowAttention } from '../kernels/reference/index.ts';
import type { LayerState, StackLayer } from './layer.ts';
import { WindowState, type WindowStateShape } from './window-state.ts';

/** Scratch that the window layers of a stack share; `[heads * headDim]` each. */
export interface WindowScratch {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
  /** The heads' output, before the output projection. */
  readonly context: Float32Array;
  readonly attention: WindowAttention;
}

/**
 * A layer whose attention is a sliding window; what comes before and after the attention is the family's. Cost
 * O(window + parameters) a token, nothing allocated.
 */
export abstract class WindowLayer implements StackLayer {
  readonly delay: number;
  leavingKind = 1;
  protected readonly scratch: WindowScratch;
  readonly #shape: WindowStateShape;

  constructor(shape: WindowStateShape, scratch: WindowScratch) {
    this.#shape = shape;
    this.scratch = scratch;
    this.delay = shape.lookAhead * Math.max(...shape.dilation);
  }

  open(): WindowState {
    return new WindowState(this.#shape);
  }

  take(layerState: LayerState, row: Float32Array, kind: number): boolean {
    const state = layerState as WindowState;
    const position = state.ring.newest + 1;
    this.project(row, position);
    state.ring.store(this.scratch.key, this.scratch.value, kind === 0 ? 1 : 0);
    state.pinned?.offer(position, kind, this.scratch.key, this.scratch.value);
    if (state.delay === 0) {
      this.#attend(state, row, kind);
      return true;
    }
    state.wait(position, row, this.scratch.query, kind);
    return position >= state.delay && this.drain(state, row);
  }

  drain(layerState: LayerState, row: Float32Array): boolean {
    const state = layerState as WindowState;
    if (state.waitingCount === 0) return false;
    this.#attend(state, row, state.recall(state.next, row, this.scratch.query));
    return true;
  }

  /** Writes the scaled query, key and value of `row` to the scratch. */
  protected abstract project(row: Float32Array, position: number): void;

  /** Takes `row` through the rest of the layer, from the context in the scratch. */
  protected abstract complete(row: Float32Array): void;

  /** Attention and the rest for the token that leaves; its query is in the scratch. */
  #attend(state: WindowState, row: Float32Array, kind: number): void {
    const { attention, query, context } = this.scratch;
    if (kind === 0) context.fill(0);
    else attention.apply(state.ring, state.pinned, state.next, query, context);
    this.complete(row);
    state.next += 1;
    this.leavingKind = kind;
  }
}

import type { WindowShape } from '../kernels/reference/index.ts';
import { WindowLayer } from '../stack/index.ts';
import type { LongformerBlock } from './block.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import type { LongformerLayerWeights } from './weights.ts';

/** One layer of a Longformer on streams. */
export class LongformerLayer extends WindowLayer {
  readonly #block: LongformerBlock;
  readonly #weights: LongformerLayerWeights;

  /** @param layer index of the layer in the configuration */
  constructor(
    config: ResolvedLongformerConfig,
    layer: number,
    parts: { readonly block: LongformerBlock; readonly weights: LongformerLayerWeights },
  ) {
    const { sinks, globals, hiddenSize } = config;
    super({ ...windowShape(config, layer), sinks, globals, rowSize: hiddenSize }, parts.block);
    this.#block = parts.block;
    this.#weights = parts.weights;
  }

  protected project(row: Float32Array, position: number): void {
    this.#block.project(this.#weights, row, position, this.#weights);
  }

  protected complete(row: Float32Array): void {
    this.#block.complete(this.#weights, row);
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

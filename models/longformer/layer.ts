import type { Engine } from '../kernels/index.ts';
import type { WindowShape } from '../kernels/reference/index.ts';
import { type RowBatch, WindowLayer } from '../stack/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import type { LongformerMaps, StreamBlock } from './stream-block.ts';

/** One layer of a Longformer on streams. */
export class LongformerLayer extends WindowLayer {
  readonly #block: StreamBlock;
  readonly #maps: LongformerMaps;

  /** @param layer index of the layer in the configuration */
  constructor(
    engine: Engine,
    config: ResolvedLongformerConfig,
    parts: { readonly layer: number; readonly block: StreamBlock; readonly maps: LongformerMaps },
  ) {
    const { sinks, globals, hiddenSize } = config;
    super(engine, { ...windowShape(config, parts.layer), sinks, globals, rowSize: hiddenSize }, parts.block);
    this.#block = parts.block;
    this.#maps = parts.maps;
  }

  protected project(batch: RowBatch, layer: number): void {
    this.#block.project(this.#maps, batch, layer);
  }

  protected complete(batch: RowBatch): void {
    this.#block.complete(this.#maps, batch);
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

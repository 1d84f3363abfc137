import type { Engine } from '../kernels/index.ts';
import type { WindowShape } from '../kernels/reference/index.ts';
import { type RowBatch, WindowLayer } from '../stack/index.ts';
import { layerMaps } from './block.ts';
import type { ResolvedReformerConfig } from './config.ts';
import { type ReformerMaps, type ReformerStreamBlock, reformerMaps } from './stream-block.ts';
import type { ReformerLayerWeights } from './weights.ts';

const f = Math.fround;

/** The Longformer's sliding window inside a Reformer's stack, without positions of its own. */
export class ReformerWindowLayer extends WindowLayer {
  readonly #engine: Engine;
  readonly #block: ReformerStreamBlock;
  readonly #maps: ReformerMaps;
  readonly #queryScale: number;

  constructor(
    engine: Engine,
    config: ResolvedReformerConfig,
    parts: { readonly weights: ReformerLayerWeights; readonly block: ReformerStreamBlock },
  ) {
    const shape = { ...reformerWindow(config), sinks: 0, globals: 0, rowSize: 2 * config.hiddenSize };
    super(engine, shape, parts.block);
    this.#engine = engine;
    this.#block = parts.block;
    this.#maps = reformerMaps(engine, layerMaps(config, parts.weights));
    this.#queryScale = f(1 / Math.sqrt(config.headDim));
  }

  protected project(batch: RowBatch): void {
    const { rowCount } = batch;
    const { input, query, key, value } = this.#block;
    this.#block.begin(this.#maps, batch);
    this.#maps.query.apply(input, query, rowCount);
    this.#maps.key?.apply(input, key, rowCount);
    this.#maps.value.apply(input, value, rowCount);
    this.#engine.scale(query, this.#queryScale, rowCount);
  }

  protected complete(batch: RowBatch): void {
    this.#block.complete(this.#maps, batch);
  }
}

/** The window of the layers as the kernels take it. */
export function reformerWindow({ numHeads, headDim, window }: ResolvedReformerConfig): WindowShape {
  return { heads: numHeads, headDim, ...(window as NonNullable<typeof window>) };
}

import { applyLinear, type WindowShape } from '../kernels/reference/index.ts';
import { WindowLayer, type WindowScratch } from '../stack/index.ts';
import { type LayerMaps, layerMaps, type ReformerBlock } from './block.ts';
import type { ResolvedReformerConfig } from './config.ts';
import type { ReformerLayerWeights } from './weights.ts';

const f = Math.fround;

/** The Longformer's sliding window inside a Reformer's stack, without positions of its own. */
export class ReformerWindowLayer extends WindowLayer {
  readonly #block: ReformerBlock;
  readonly #maps: LayerMaps;
  readonly #queryScale: number;

  /** @param scratch its context is that of the block */
  constructor(
    config: ResolvedReformerConfig,
    weights: ReformerLayerWeights,
    parts: { readonly block: ReformerBlock; readonly scratch: WindowScratch },
  ) {
    super({ ...reformerWindow(config), sinks: 0, globals: 0, rowSize: 2 * config.hiddenSize }, parts.scratch);
    this.#block = parts.block;
    this.#maps = layerMaps(config, weights);
    this.#queryScale = f(1 / Math.sqrt(config.headDim));
  }

  protected project(row: Float32Array): void {
    this.#block.begin(this.#maps.weights, row);
    projectWindow(this.#maps, this.#block.input, this.scratch);
    const { query } = this.scratch;
    for (let c = 0; c < query.length; c++) query[c] = f((query[c] as number) * this.#queryScale);
  }

  protected complete(row: Float32Array): void {
    this.#block.complete(this.#maps, row);
  }
}

/** The window of the layers as the kernels take it. */
export function reformerWindow({ numHeads, headDim, window }: ResolvedReformerConfig): WindowShape {
  return { heads: numHeads, headDim, ...(window as NonNullable<typeof window>) };
}

function projectWindow(maps: LayerMaps, input: Float32Array, into: WindowScratch): void {
  applyLinear(maps.query, input, into.query);
  applyLinear(maps.key as LayerMaps['query'], input, into.key);
  applyLinear(maps.value, input, into.value);
}

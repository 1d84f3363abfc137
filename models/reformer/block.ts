import { applyActivation, applyLayerNorm, applyLinear, type Linear } from '../kernels/reference/index.ts';
import type { ResolvedReformerConfig } from './config.ts';
import type { Projection, ReformerLayerWeights } from './weights.ts';

const f = Math.fround;

/**
 * The arithmetic around the attention of a Reformer's layers, for one token. A row is both residual streams, `[x1, x2]`:
 * x1 ← x1 + Attn(LN(x2)), then x2 ← x2 + FF(LN(x1)) (section 3, "Reversible Layers"). Scratch only, shared by all layers.
 */
export class ReformerBlock {
  /** The normed input of the attention, `[hiddenSize]`. */
  readonly input: Float32Array;
  /** The heads' output, `[numHeads * headDim]`. */
  readonly context: Float32Array;
  readonly #config: ResolvedReformerConfig;
  readonly #half: Float32Array;
  readonly #branch: Float32Array;
  readonly #ffn: Float32Array;

  constructor(config: ResolvedReformerConfig) {
    this.#config = config;
    this.input = new Float32Array(config.hiddenSize);
    this.context = new Float32Array(config.numHeads * config.headDim);
    this.#half = new Float32Array(config.hiddenSize);
    this.#branch = new Float32Array(config.hiddenSize);
    this.#ffn = new Float32Array(config.ffnSize);
  }

  /** Writes LN(x2) of `row` to {@link input}. */
  begin(weights: ReformerLayerWeights, row: Float32Array): void {
    const { hiddenSize } = this.#config;
    for (let c = 0; c < hiddenSize; c++) this.#half[c] = row[hiddenSize + c] as number;
    applyLayerNorm(weights.attentionNorm, this.#half, this.input);
  }

  /** Takes `row` through the rest of the layer, from {@link context}. */
  complete(maps: LayerMaps, row: Float32Array): void {
    const { hiddenSize, activation } = this.#config;
    const { weights } = maps;
    applyLinear(maps.output, this.context, this.#branch);
    for (let c = 0; c < hiddenSize; c++) {
      row[c] = f((row[c] as number) + (this.#branch[c] as number));
      this.#half[c] = row[c] as number;
    }
    applyLayerNorm(weights.ffnNorm, this.#half, this.#half);
    applyLinear(weights.ffnIn, this.#half, this.#ffn);
    applyActivation(activation, this.#ffn);
    applyLinear(weights.ffnOut, this.#ffn, this.#branch);
    for (let c = 0; c < hiddenSize; c++) {
      row[hiddenSize + c] = f((row[hiddenSize + c] as number) + (this.#branch[c] as number));
    }
  }
}

/** The maps of a layer as linear maps; those without bias have zeros. */
export interface LayerMaps {
  readonly weights: ReformerLayerWeights;
  /** Shared query-key map of an LSH layer, query map of the others. */
  readonly query: Linear;
  /** Absent in an LSH layer. */
  readonly key?: Linear;
  readonly value: Linear;
  readonly output: Linear;
}

/** Makes the maps of a layer. */
export function layerMaps(config: ResolvedReformerConfig, weights: ReformerLayerWeights): LayerMaps {
  const { hiddenSize, numHeads, headDim } = config;
  const width = numHeads * headDim;
  const into = (weight: Projection): Linear => unbiased(weight, width, hiddenSize);
  const output = unbiased(weights.attentionOutput, hiddenSize, width);
  const { lsh, attention } = weights;
  if (lsh !== undefined) return { weights, query: into(lsh.queryKey), value: into(lsh.value), output };
  const { query, key, value } = attention as NonNullable<typeof attention>;
  return { weights, query: into(query), key: into(key), value: into(value), output };
}

function unbiased(weight: Projection, outSize: number, inSize: number): Linear {
  return { inSize, outSize, weight, bias: new Float32Array(outSize) };
}

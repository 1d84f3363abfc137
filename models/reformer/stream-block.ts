import type { Engine, RowMap, Rows } from '../kernels/index.ts';
import type { RowBatch } from '../stack/index.ts';
import type { LayerMaps } from './block.ts';
import type { ResolvedReformerConfig } from './config.ts';

/** The maps of one layer in an engine. */
export interface ReformerMaps {
  /** Shared query-key map of an LSH layer, query map of the others. */
  readonly query: RowMap;
  /** Absent in an LSH layer. */
  readonly key: RowMap | undefined;
  readonly value: RowMap;
  readonly output: RowMap;
  readonly attentionNorm: RowMap;
  readonly ffnNorm: RowMap;
  readonly ffnIn: RowMap;
  readonly ffnOut: RowMap;
}

/** Puts the maps of a layer into an engine. */
export function reformerMaps(engine: Engine, { weights, query, key, value, output }: LayerMaps): ReformerMaps {
  return {
    query: engine.linear(query),
    key: key === undefined ? undefined : engine.linear(key),
    value: engine.linear(value),
    output: engine.linear(output),
    attentionNorm: engine.layerNorm(weights.attentionNorm),
    ffnNorm: engine.layerNorm(weights.ffnNorm),
    ffnIn: engine.linear(weights.ffnIn),
    ffnOut: engine.linear(weights.ffnOut),
  };
}

/**
 * The arithmetic around the attention of a Reformer's layers, for the rows of a pass. A row is both residual streams, `[x1, x2]`:
 * x1 ← x1 + Attn(LN(x2)), then x2 ← x2 + FF(LN(x1)) (section 3, "Reversible Layers"). Scratch only, shared by all layers.
 */
export class ReformerStreamBlock {
  /** The normed input of the attention, `[hiddenSize]`. */
  readonly input: Rows;
  /** `[numHeads * headDim]` each. */
  readonly query: Rows;
  readonly key: Rows;
  readonly value: Rows;
  /** The heads' output. */
  readonly context: Rows;
  readonly #engine: Engine;
  readonly #config: ResolvedReformerConfig;
  readonly #x1: Rows;
  readonly #x2: Rows;
  readonly #half: Rows;
  readonly #branch: Rows;
  readonly #ffn: Rows;

  constructor(engine: Engine, config: ResolvedReformerConfig, rows: Rows) {
    const { hiddenSize } = config;
    const width = config.numHeads * config.headDim;
    this.#engine = engine;
    this.#config = config;
    this.input = engine.rows(hiddenSize);
    this.query = engine.rows(width);
    this.key = engine.rows(width);
    this.value = engine.rows(width);
    this.context = engine.rows(width);
    this.#x1 = rows.columns(0, hiddenSize);
    this.#x2 = rows.columns(hiddenSize, hiddenSize);
    this.#half = engine.rows(hiddenSize);
    this.#branch = engine.rows(hiddenSize);
    this.#ffn = engine.rows(config.ffnSize);
  }

  /** Copies the embeddings, which stand in x1, into x2. */
  double(count: number): void {
    const [from, to] = [this.#x1, this.#x2];
    for (let row = 0; row < count; row++) {
      const start = from.offset + row * from.stride;
      const end = to.offset + row * to.stride;
      for (let c = 0; c < from.width; c++) to.data[end + c] = from.data[start + c] as number;
    }
  }

  /** Writes LN(x2) to {@link input}. */
  begin(maps: ReformerMaps, { rowCount }: RowBatch): void {
    maps.attentionNorm.apply(this.#x2, this.input, rowCount);
  }

  /** Takes the rows through the rest of the layer, from {@link context}. */
  complete(maps: ReformerMaps, { rowCount }: RowBatch): void {
    const engine = this.#engine;
    maps.output.apply(this.context, this.#branch, rowCount);
    engine.add(this.#x1, this.#branch, rowCount);
    maps.ffnNorm.apply(this.#x1, this.#half, rowCount);
    maps.ffnIn.apply(this.#half, this.#ffn, rowCount);
    engine.activate(this.#config.activation, this.#ffn, rowCount);
    maps.ffnOut.apply(this.#ffn, this.#branch, rowCount);
    engine.add(this.#x2, this.#branch, rowCount);
  }
}

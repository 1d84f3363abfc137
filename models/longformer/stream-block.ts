import type { Engine, LayerNorm, Linear, RowMap, Rows } from '../kernels/index.ts';
import { rotaryFrequencies, rotaryTable } from '../kernels/reference/index.ts';
import type { BatchEntry, RowBatch, WindowRows } from '../stack/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import type { LongformerLayerWeights } from './weights.ts';

const f = Math.fround;

/** The maps of one layer in an engine. */
export interface LongformerMaps {
  readonly query: RowMap;
  readonly key: RowMap;
  readonly value: RowMap;
  readonly attentionOutput: RowMap;
  readonly attentionNorm: RowMap;
  readonly ffnIn: RowMap;
  readonly ffnOut: RowMap;
  readonly ffnNorm: RowMap;
}

/** Puts the weights of a layer into an engine. */
export function longformerMaps(engine: Engine, weights: LongformerLayerWeights): LongformerMaps {
  const linear = (layer: Linear): RowMap => engine.linear(layer);
  const norm = (layer: LayerNorm): RowMap => engine.layerNorm(layer);
  return {
    query: linear(weights.query),
    key: linear(weights.key),
    value: linear(weights.value),
    attentionOutput: linear(weights.attentionOutput),
    attentionNorm: norm(weights.attentionNorm),
    ffnIn: linear(weights.ffnIn),
    ffnOut: linear(weights.ffnOut),
    ffnNorm: norm(weights.ffnNorm),
  };
}

/** The arithmetic around the attention of a Longformer's layers, for the rows of a pass. Scratch only, shared by all layers. */
export class StreamBlock implements WindowRows {
  readonly query: Rows;
  readonly key: Rows;
  readonly value: Rows;
  readonly context: Rows;
  readonly #engine: Engine;
  readonly #config: ResolvedLongformerConfig;
  readonly #normed: Rows;
  readonly #branch: Rows;
  readonly #ffn: Rows;
  readonly #queryScale: number;
  readonly #frequencies: Float64Array;
  readonly #tables: Rows;
  /** Position that each row of the tables is made for. */
  readonly #tablePositions: Float64Array;
  readonly #table: Float32Array;

  constructor(engine: Engine, config: ResolvedLongformerConfig) {
    this.#engine = engine;
    this.#config = config;
    this.query = engine.rows(config.hiddenSize);
    this.key = engine.rows(config.hiddenSize);
    this.value = engine.rows(config.hiddenSize);
    this.context = engine.rows(config.hiddenSize);
    this.#normed = engine.rows(config.hiddenSize);
    this.#branch = engine.rows(config.hiddenSize);
    this.#ffn = engine.rows(config.ffnSize);
    this.#queryScale = f(1 / Math.sqrt(config.headDim));
    const rotary = config.position === 'rotary';
    this.#frequencies = rotary ? rotaryFrequencies(config.headDim, config.rotaryBase) : new Float64Array(0);
    this.#tables = engine.rows(config.headDim);
    this.#tablePositions = new Float64Array(engine.passRows).fill(-1);
    this.#table = new Float32Array(config.headDim);
  }

  /** Writes {@link query} (scaled), {@link key} and {@link value} of the rows of a batch. */
  project(maps: LongformerMaps, batch: RowBatch, layer: number): void {
    const { rows, rowCount } = batch;
    const pre = this.#config.norm === 'pre';
    const input = pre ? this.#normed : rows;
    if (pre) maps.attentionNorm.apply(rows, input, rowCount);
    maps.query.apply(input, this.query, rowCount);
    maps.key.apply(input, this.key, rowCount);
    maps.value.apply(input, this.value, rowCount);
    this.#engine.scale(this.query, this.#queryScale, rowCount);
    if (this.#config.position !== 'rotary') return;
    for (let i = 0; i < batch.size; i++) this.#turn(batch.entries[i] as BatchEntry, layer);
    this.#engine.rotate(this.query, this.#tables, rowCount);
    this.#engine.rotate(this.key, this.#tables, rowCount);
  }

  /** Takes the rows through the rest of the layer after attention, from {@link context}. */
  complete(maps: LongformerMaps, { rows, rowCount }: RowBatch): void {
    const engine = this.#engine;
    const { norm, activation } = this.#config;
    maps.attentionOutput.apply(this.context, this.#branch, rowCount);
    engine.add(rows, this.#branch, rowCount);
    // pre: x ← x + Attn(LN(x)); x ← x + FFN(LN(x)). post: x ← LN(x + Attn(x)); x ← LN(x + FFN(x)).
    const pre = norm === 'pre';
    const ffnInput = pre ? this.#normed : rows;
    (pre ? maps.ffnNorm : maps.attentionNorm).apply(rows, ffnInput, rowCount);
    maps.ffnIn.apply(ffnInput, this.#ffn, rowCount);
    engine.activate(activation, this.#ffn, rowCount);
    maps.ffnOut.apply(this.#ffn, this.#branch, rowCount);
    engine.add(rows, this.#branch, rowCount);
    if (!pre) maps.ffnNorm.apply(rows, rows, rowCount);
  }

  /** Makes the rotary tables of the rows of a stream, whose first is the next that the layer stores. */
  #turn({ from, count, state }: BatchEntry, layer: number): void {
    const { offset, stride, data } = this.#tables;
    const first = state.layers[layer]?.taken ?? 0;
    for (let i = 0; i < count; i++) {
      const row = from + i;
      if (this.#tablePositions[row] === first + i) continue;
      this.#tablePositions[row] = first + i;
      rotaryTable(first + i, this.#frequencies, this.#table);
      const at = offset + row * stride;
      for (let c = 0; c < this.#table.length; c++) data[at + c] = this.#table[c] as number;
    }
  }
}

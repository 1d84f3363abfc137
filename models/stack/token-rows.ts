import type { Engine, RowMap, Rows } from '../kernels/index.ts';
import type { BatchEntry, RowBatch } from './row-batch.ts';
import type { EmbeddingWeights, TokenEmbedding, TokenPlace } from './token-embedding.ts';

/** Input rows of streams → embeddings, for the rows of a pass. Scratch only. */
export class TokenRows {
  readonly embedding: TokenEmbedding;
  readonly #linear: RowMap | undefined;
  /** Input rows of the pass; only where a map takes them. */
  readonly #input: Rows | undefined;
  readonly #token: Float32Array;
  /** Row of the learned positions, and token type, of each row. */
  readonly #positionRows: Float64Array;
  readonly #types: Int32Array;
  readonly #place: TokenPlace = { positionRow: 0, type: 0 };

  constructor(engine: Engine, embedding: TokenEmbedding, options: { weights: EmbeddingWeights; inputSize: number }) {
    const { linear } = options.weights;
    this.embedding = embedding;
    this.#linear = linear === undefined ? undefined : engine.linear(linear);
    this.#input = linear === undefined ? undefined : engine.rows(options.inputSize);
    this.#token = new Float32Array(options.inputSize);
    this.#positionRows = new Float64Array(engine.passRows);
    this.#types = new Int32Array(engine.passRows);
  }

  /**
   * Puts rows `first` .. of `tokens` `[T, inputSize]` into the rows of an entry, and moves the stream's counters on. After
   * the last entry, {@link embed} finishes them.
   */
  fill(batch: RowBatch, entry: BatchEntry, tokens: { readonly values: Float32Array; readonly first: number }): void {
    const { state } = entry;
    const token = this.#token;
    const into = this.#input ?? batch.rows;
    for (let i = 0; i < entry.count; i++) {
      const start = (tokens.first + i) * token.length;
      const masked = batch.kinds[entry.from + i] === 0;
      for (let c = 0; c < token.length; c++) {
        const value = tokens.values[start + c] as number;
        token[c] = masked && !Number.isFinite(value) ? 0 : value;
      }
      const row = entry.from + i;
      const at = into.offset + row * into.stride;
      if (this.#input === undefined) this.embedding.look(token, into.data, at);
      else for (let c = 0; c < token.length; c++) into.data[at + c] = token[c] as number;
      this.#positionRows[row] = this.embedding.positionRow(token, state.place);
      this.#types[row] = this.embedding.type(token);
      state.place += this.embedding.places(token);
    }
    state.position += entry.count;
  }

  /** Turns the rows of a batch that is filled into embeddings. */
  embed({ rows, rowCount }: RowBatch): void {
    if (this.#input !== undefined) this.#linear?.apply(this.#input, rows, rowCount);
    for (let row = 0; row < rowCount; row++) {
      const at = rows.offset + row * rows.stride;
      this.#place.positionRow = this.#positionRows[row] as number;
      this.#place.type = this.#types[row] as number;
      this.embedding.shift(rows.data, at, this.#place);
    }
  }
}

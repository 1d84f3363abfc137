import { InputError } from '../../core/index.ts';
import { applyLinear, type Linear } from '../kernels/reference/index.ts';

const f = Math.fround;
/** What the columns of a row of `ids` are. */
const COLUMNS = ['id', 'type', 'position'];

/** Where tokens become the residual stream; each part exists where the configuration asks for it. */
export interface EmbeddingWeights {
  /** `[hiddenSize, inputSize]`, for `linear` input. */
  readonly linear?: Linear;
  /** `[vocabSize, hiddenSize]`, for `ids`. */
  readonly words?: Float32Array;
  /** `[maxPositions, hiddenSize]`, for learned positions. */
  readonly positions?: Float32Array;
  /** One table per axis, each `[axialShape[a], axialSizes[a]]`, for axial positions. */
  readonly axial?: readonly Float32Array[];
  /** `[typeVocabSize, hiddenSize]`. */
  readonly types?: Float32Array;
}

/** How rows become embeddings; see the configurations of the encoders for the fields. */
export interface EmbeddingConfig {
  readonly inputSize: number;
  readonly input: 'linear' | 'direct' | 'ids';
  readonly vocabSize: number;
  readonly padId?: number;
  readonly typeVocabSize: number;
  readonly hiddenSize: number;
  readonly position: 'rotary' | 'learned' | 'axial' | 'none';
  readonly maxPositions: number;
  readonly positionOffset: number;
  readonly positionPolicy: 'error' | 'recycle';
  readonly axialShape?: readonly number[];
  readonly axialSizes?: readonly number[];
}

/** Where a token stands: its row of the learned positions, and its type. */
export interface TokenPlace {
  positionRow: number;
  type: number;
}

/**
 * Input rows → embeddings: an affine map, a table or the row itself, plus the learned position and the token type.
 * Holds no state: whoever owns a stream counts its places.
 */
export class TokenEmbedding {
  readonly #config: EmbeddingConfig;
  readonly #weights: EmbeddingWeights;

  constructor(config: EmbeddingConfig, weights: EmbeddingWeights) {
    this.#config = config;
    this.#weights = weights;
  }

  /** 1 when a row takes a place among the positions, 0 for the padding id. */
  places(row: Float32Array): 0 | 1 {
    return row[0] === this.#config.padId && this.#config.input === 'ids' ? 0 : 1;
  }

  /** Row of the learned positions for `row` after `place` others that took a place; a third column says it itself. */
  positionRow(row: Float32Array, place: number): number {
    const { input, maxPositions, positionOffset } = this.#config;
    if (input === 'ids' && row.length > 2) return row[2] as number;
    if (this.places(row) === 0) return positionOffset - 1;
    return positionOffset + (place % (maxPositions - positionOffset));
  }

  /** Token type of `row`: its second column, or 0. */
  type(row: Float32Array): number {
    return this.#config.input === 'ids' && row.length > 1 ? (row[1] as number) : 0;
  }

  /** Writes the embedding of `row` `[inputSize]` to the first `hiddenSize` numbers of `x`. */
  apply(row: Float32Array, place: TokenPlace, x: Float32Array): void {
    const { linear } = this.#weights;
    if (linear === undefined) this.look(row, x, 0);
    else applyLinear(linear, row, x);
    this.shift(x, 0, place);
  }

  /** Writes what `row` looks up, or the row itself, to `hiddenSize` numbers of `x` from `at` on; for input without a map. */
  look(row: Float32Array, x: Float32Array, at: number): void {
    const { words } = this.#weights;
    const { hiddenSize } = this.#config;
    const table = words ?? row;
    const from = words === undefined ? 0 : (row[0] as number) * hiddenSize;
    for (let c = 0; c < hiddenSize; c++) x[at + c] = table[from + c] as number;
  }

  /** Adds position and token type to the `hiddenSize` numbers of `x` from `at` on. */
  shift(x: Float32Array, at: number, { positionRow, type }: TokenPlace): void {
    const { positions, axial, types } = this.#weights;
    const { hiddenSize } = this.#config;
    if (positions !== undefined) {
      const row = positionRow * hiddenSize;
      for (let c = 0; c < hiddenSize; c++) x[at + c] = f((x[at + c] as number) + (positions[row + c] as number));
    }
    if (axial !== undefined) this.#addAxial(axial, positionRow, x, at);
    if (types !== undefined) {
      const row = type * hiddenSize;
      for (let c = 0; c < hiddenSize; c++) x[at + c] = f((x[at + c] as number) + (types[row + c] as number));
    }
  }

  /** Position t in row-major order over the axes: coordinate a adds its row of table a to its own part of the token. */
  #addAxial(tables: readonly Float32Array[], position: number, x: Float32Array, at: number): void {
    const { axialShape = [], axialSizes = [], hiddenSize } = this.#config;
    let rest = position;
    let end = at + hiddenSize;
    for (let axis = tables.length - 1; axis >= 0; axis--) {
      const table = tables[axis] as Float32Array;
      const rows = axialShape[axis] as number;
      const size = axialSizes[axis] as number;
      const from = (rest % rows) * size;
      const to = end - size;
      for (let c = 0; c < size; c++) x[to + c] = f((x[to + c] as number) + (table[from + c] as number));
      rest = Math.floor(rest / rows);
      end = to;
    }
  }

  /**
   * Checks rows `[count, inputSize]` before anything takes them in: finite values (in masked rows anything), known ids,
   * and enough learned positions after `place` tokens.
   * @throws InputError `VALUE_NOT_FINITE`, `TOKEN_INVALID`, `POSITION_EXHAUSTED`
   */
  check(rows: Float32Array, kinds: Uint8Array | undefined, at: { position: number; place: number }): void {
    if (this.#config.input === 'ids') this.#checkIds(rows, kinds, at.position);
    else checkFinite(rows, kinds, { width: this.#config.inputSize, position: at.position });
    const { input, position, positionPolicy, inputSize, padId } = this.#config;
    if (
      (position !== 'learned' && position !== 'axial') ||
      positionPolicy === 'recycle' ||
      (input === 'ids' && inputSize > 2)
    )
      return;
    const room = this.#config.maxPositions - this.#config.positionOffset;
    let taken = rows.length / inputSize;
    if (padId !== undefined) {
      // What is not finite here is masked and counts as 0.
      for (let i = 0; i < rows.length; i += inputSize)
        if ((Number.isFinite(rows[i]) ? rows[i] : 0) === padId) taken -= 1;
    }
    if (at.place + taken > room) {
      throw new InputError(
        'POSITION_EXHAUSTED',
        `Expected at most ${room} tokens, because the model has no more learned positions (\`positionPolicy\` is error), got ${at.place + taken}`,
      );
    }
  }

  /** Rows of an id and, where there are so many columns, a token type and a row of the positions. */
  #checkIds(rows: Float32Array, kinds: Uint8Array | undefined, position: number): void {
    const { inputSize, vocabSize, typeVocabSize, maxPositions } = this.#config;
    for (let i = 0; i < rows.length; i++) {
      const value = rows[i] as number;
      const column = i % inputSize;
      const size = column === 0 ? vocabSize : column === 1 ? typeVocabSize : maxPositions;
      const row = Math.floor(i / inputSize);
      if (Number.isInteger(value) && value >= 0 && value < size) continue;
      if (kinds?.[row] === 0 && !Number.isFinite(value)) continue;
      throw new InputError(
        'TOKEN_INVALID',
        `Expected the ${COLUMNS[column]} of token ${position + row} to be an integer in 0..${size - 1}, got ${value}`,
      );
    }
  }
}

function checkFinite(
  rows: Float32Array,
  kinds: Uint8Array | undefined,
  at: { readonly width: number; readonly position: number },
): void {
  for (let i = 0; i < rows.length; i++) {
    if (Number.isFinite(rows[i])) continue;
    const row = Math.floor(i / at.width);
    if (kinds?.[row] === 0) continue;
    throw new InputError(
      'VALUE_NOT_FINITE',
      `Expected channel ${i % at.width} of token ${at.position + row} to be finite, got ${rows[i]}`,
    );
  }
}

import type { LongformerLayerWeights, LongformerWeights, ResolvedLongformerConfig } from '../../../models/index.ts';
import { ACTIVATE, type Affine, affine, dot, layerNorm, plus, rotate, softmaxAverage } from './dense-math.ts';
import { denseVisibility } from './dense-visibility.ts';

export { erfSeries } from './dense-math.ts';

/** A finite sequence, as `encodeSequence` takes it. */
export interface DenseInput {
  readonly tokens: Float32Array;
  readonly kinds?: Uint8Array;
  readonly types?: ArrayLike<number>;
  readonly positions?: ArrayLike<number>;
}

interface Model {
  readonly config: ResolvedLongformerConfig;
  readonly weights: LongformerWeights;
}

type Rows = readonly (readonly number[])[];

/**
 * The same model written the other way round: the whole sequence at once, a dense [n, n] mask per head, float64 and
 * the system's Math functions. Shares no code with the encoder. → `[n][hiddenSize]`.
 */
export function denseLongformer(model: Model, input: DenseInput): number[][] {
  const { config, weights } = model;
  const kinds = kindsOf(config, input);
  let x = embed(model, input, kinds);
  weights.layers.forEach((layer, i) => {
    const attention = (rows: Rows): number[][] => attend(config, layer, { rows, kinds, layer: i });
    const feedForward = (row: readonly number[]): number[] =>
      affine(layer.ffnOut, affine(layer.ffnIn, row).map(ACTIVATE[config.activation]));
    if (config.norm === 'pre') {
      const attended = attention(x.map((row) => layerNorm(layer.attentionNorm, row)));
      x = x.map((row, t) => plus(row, attended[t] as number[]));
      x = x.map((row) => plus(row, feedForward(layerNorm(layer.ffnNorm, row))));
    } else {
      const attended = attention(x);
      x = x.map((row, t) => layerNorm(layer.attentionNorm, plus(row, attended[t] as number[])));
      x = x.map((row) => layerNorm(layer.ffnNorm, plus(row, feedForward(row))));
    }
  });
  return config.norm === 'pre' ? x.map((row) => layerNorm(weights.outerNorm, row)) : x;
}

/** The read-out summaries over outputs `[n][hiddenSize]`, → `[queries][hiddenSize]`. */
export function denseReadout({ config, weights }: Model, outputs: Rows, kinds: readonly number[]): number[][] {
  const { readout } = weights;
  if (readout === undefined || config.readout === undefined) return [];
  const { queries, span } = config.readout;
  const from = span === undefined ? 0 : Math.max(0, outputs.length - span);
  const recent = outputs.slice(from);
  const keys = recent.map((row) => affine(readout.key, row));
  const values = recent.map((row) => affine(readout.value, row));
  return Array.from({ length: queries }, (_, query) => {
    const row = Array.from(readout.queries.subarray(query * config.hiddenSize, (query + 1) * config.hiddenSize));
    const average = heads(config).flatMap((head) => {
      const own = part(config, row, head);
      const scores = keys.map((key, j) =>
        kinds[from + j] === 0 ? -Infinity : dot(own, part(config, key, head)) / Math.sqrt(config.headDim),
      );
      if (scores.length === 0) return new Array<number>(config.headDim).fill(0);
      return softmaxAverage(
        scores,
        values.map((value) => part(config, value, head)),
      );
    });
    return affine(readout.output, average);
  });
}

/** The largest absolute difference; NaN or another length counts as infinite. */
export function largestDifference(dense: readonly number[], actual: ArrayLike<number>): number {
  if (dense.length !== actual.length) return Infinity;
  return dense.reduce((max, value, i) => {
    const difference = Math.abs(value - (actual[i] as number));
    return difference <= max ? max : Number.isNaN(difference) ? Infinity : difference;
  }, 0);
}

function embed({ config, weights }: Model, input: DenseInput, kinds: readonly number[]): number[][] {
  const { linear, words, positions, types } = weights.embedding;
  const period = config.maxPositions - config.positionOffset;
  let taken = 0;
  return kinds.map((kind, t) => {
    const raw = Array.from(input.tokens.slice(t * config.inputSize, (t + 1) * config.inputSize));
    const row = kind === 0 ? raw.map((value) => (Number.isFinite(value) ? value : 0)) : raw;
    // An id may bring its type and its position with it.
    const [id, type, position] = config.input === 'ids' ? row : [];
    const isPad = config.padId !== undefined && id === config.padId;
    const counted = isPad ? config.positionOffset - 1 : config.positionOffset + (taken % period);
    if (!isPad) taken += 1;
    let x = config.input === 'direct' ? row : [];
    if (linear !== undefined) x = affine(linear, row);
    if (words !== undefined) x = tableRow(words, id as number, config.hiddenSize);
    if (positions !== undefined)
      x = plus(x, tableRow(positions, input.positions?.[t] ?? position ?? counted, config.hiddenSize));
    if (types !== undefined) x = plus(x, tableRow(types, input.types?.[t] ?? type ?? 0, config.hiddenSize));
    return config.norm === 'post' ? layerNorm(weights.outerNorm, x) : x;
  });
}

function attend(
  config: ResolvedLongformerConfig,
  weights: LongformerLayerWeights,
  at: { readonly rows: Rows; readonly kinds: readonly number[]; readonly layer: number },
): number[][] {
  const { rows, kinds, layer } = at;
  const context: number[][] = rows.map(() => []);
  for (const head of heads(config)) {
    const map = (projection: Affine): number[][] => rows.map((row) => part(config, affine(projection, row), head));
    const turned = (projection: Affine): number[][] =>
      config.position === 'rotary'
        ? map(projection).map((row, t) => rotate(row, t, config.rotaryBase))
        : map(projection);
    const local = { q: turned(weights.query), k: turned(weights.key), v: map(weights.value) };
    const twoWay = weights.global;
    const global =
      twoWay === undefined ? undefined : { q: turned(twoWay.query), k: turned(twoWay.key), v: map(twoWay.value) };
    const visible = denseVisibility(config, kinds, { layer, head });
    rows.forEach((_, t) => {
      const isGlobal = global !== undefined && kinds[t] === 2;
      const { q, k, v } = isGlobal ? global : local;
      const sees = (j: number): boolean => (isGlobal ? kinds[j] !== 0 : (visible[t]?.[j] as boolean));
      const scores = k.map((key, j) =>
        kinds[t] !== 0 && sees(j) ? dot(q[t] as number[], key) / Math.sqrt(config.headDim) : -Infinity,
      );
      (context[t] as number[]).push(...softmaxAverage(scores, v));
    });
  }
  return context.map((row) => affine(weights.attentionOutput, row));
}

function heads(config: ResolvedLongformerConfig): number[] {
  return Array.from({ length: config.numHeads }, (_, head) => head);
}

function part(config: ResolvedLongformerConfig, row: readonly number[], head: number): number[] {
  return row.slice(head * config.headDim, (head + 1) * config.headDim);
}

function kindsOf(config: ResolvedLongformerConfig, input: DenseInput): number[] {
  return input.kinds === undefined
    ? new Array<number>(input.tokens.length / config.inputSize).fill(1)
    : Array.from(input.kinds);
}

function tableRow(table: Float32Array, row: number, width: number): number[] {
  return Array.from(table.subarray(row * width, (row + 1) * width));
}

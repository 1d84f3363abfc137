import type { ReformerWeights, ResolvedReformerConfig } from '../../../models/index.ts';
import { ACTIVATE, affine, dot, layerNorm, plus } from '../longformer/dense-math.ts';
import {
  type DenseAttention,
  type DenseAttentionInput,
  denseLocalAttention,
  denseLshAttention,
  denseWindowAttention,
  isOffline,
} from './dense-attention.ts';
import { paddedLength } from './dense-chunks.ts';

/** A finite sequence, as `encodeSequence` takes it. */
export interface DenseInput {
  readonly tokens: Float32Array;
  readonly kinds?: Uint8Array;
  /** Follows the rule for finite sequences, whatever a stream of the configuration does; default as its stream. */
  readonly isWhole?: boolean;
  /** Default mean. */
  readonly unseen?: DenseAttentionInput['unseen'];
}

/** One layer over the whole sequence: both streams as they leave it, `[n][hiddenSize]`, and its attention. */
export interface DenseLayer extends DenseAttention {
  readonly x1: number[][];
  readonly x2: number[][];
}

/** The whole model over a whole sequence. */
export interface DenseReformer {
  /** `[n][2 hiddenSize]` */
  readonly encodings: number[][];
  readonly layers: DenseLayer[];
}

interface Model {
  readonly config: ResolvedReformerConfig;
  readonly weights: ReformerWeights;
}

const ATTEND = { lsh: denseLshAttention, local: denseLocalAttention, window: denseWindowAttention };

/**
 * The Reformer written from its definition: the whole sequence at once, lists of visible keys for every token, float64 and
 * the system's Math functions. Shares no code with the encoder.
 */
export function denseReformer(model: Model, input: DenseInput): DenseReformer {
  const { config, weights } = model;
  const masked = maskedTokens(config, input);
  let x1 = embed(model, input, masked.length);
  let x2 = x1;
  const { isWhole = isOffline(config), unseen = config.wrap === 'circular' ? 'sum' : 'mean' } = input;
  const padded = isWhole ? paddedLength(masked.length, chunkLengths(config)) : masked.length;
  while (masked.length < padded) masked.push(true);
  const layers = weights.layers.map((layer, i) => {
    const rows = x2.map((row) => layerNorm(layer.attentionNorm, row));
    const attend = ATTEND[config.layers[i] ?? 'lsh'] as (input: DenseAttentionInput) => DenseAttention;
    const attention = attend({ config, weights: layer, rows, masked, isWhole, unseen });
    x1 = x1.map((row, t) => plus(row, mapped(layer.attentionOutput, attention.context[t] as number[], row.length)));
    x2 = x2.map((row, t) => {
      const inner = affine(layer.ffnIn, layerNorm(layer.ffnNorm, x1[t] as number[])).map(ACTIVATE[config.activation]);
      return plus(row, affine(layer.ffnOut, inner));
    });
    return { x1, x2, ...attention };
  });
  const encodings = x1.map((row, t) => layerNorm(weights.outputNorm, [...row, ...(x2[t] as number[])]));
  return { encodings, layers };
}

function embed({ config, weights }: Model, { tokens }: DenseInput, count: number): number[][] {
  const { inputSize, hiddenSize, maxPositions } = config;
  const { linear, words, positions, axial } = weights.embedding;
  return Array.from({ length: count }, (_, t) => {
    const given = Array.from(tokens.slice(t * inputSize, (t + 1) * inputSize));
    // Only a masked row may hold what is not finite.
    const row = given.map((value) => (Number.isFinite(value) ? value : 0));
    let x = row;
    if (linear !== undefined) x = affine(linear, row);
    if (words !== undefined) x = tableRow(words, row[0] as number, hiddenSize);
    if (positions !== undefined) x = plus(x, tableRow(positions, t % maxPositions, hiddenSize));
    if (axial !== undefined) x = plus(x, axialRow(config, axial, t % maxPositions));
    return x;
  });
}

/** Position t in row-major order over the axes: the rows of its coordinates, one after the other. */
function axialRow(
  { axialShape, axialSizes }: ResolvedReformerConfig,
  tables: readonly Float32Array[],
  t: number,
): number[] {
  return tables.flatMap((table, axis) => {
    const inner = axialShape.slice(axis + 1).reduce((product, rows) => product * rows, 1);
    return tableRow(table, Math.floor(t / inner) % (axialShape[axis] as number), axialSizes[axis] as number);
  });
}

function maskedTokens(config: ResolvedReformerConfig, { tokens, kinds }: DenseInput): boolean[] {
  return Array.from({ length: tokens.length / config.inputSize }, (_, t) => kinds?.[t] === 0);
}

function chunkLengths({ lsh, local }: ResolvedReformerConfig): number[] {
  return [lsh, local].flatMap((chunks) => (chunks === undefined ? [] : [chunks.chunkLength]));
}

/** W x for `weight` `[outSize, inSize]`. */
function mapped(weight: Float32Array, x: readonly number[], outSize: number): number[] {
  return Array.from({ length: outSize }, (_, row) =>
    dot(x, Array.from(weight.subarray(row * x.length, (row + 1) * x.length))),
  );
}

function tableRow(table: Float32Array, row: number, width: number): number[] {
  return Array.from(table.subarray(row * width, (row + 1) * width));
}

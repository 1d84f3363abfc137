import { ConfigError, requireRows, ShapeError } from '../../../core/index.ts';
import { applyLayerNorm } from '../../kernels/reference/index.ts';
import { TokenEmbedding } from '../../stack/index.ts';
import type { ReformerLayer } from '../config.ts';
import type { ReformerEncoder } from '../encoder.ts';
import { encodeWhole, type ReformerSequenceOutput } from '../sequence.ts';
import type { ReformerWeights } from '../weights.ts';
import { CachedLayer, type CachedStep } from './cached-layer.ts';

/** What one cached step gave, per sequence of the batch. */
export interface CachedOutput {
  /** `[2 hiddenSize]` */
  readonly encoding: Float32Array;
  /** Of each layer. */
  readonly layers: readonly (CachedStep & { readonly x1: Float32Array; readonly x2: Float32Array })[];
}

/** Rotations of a call for a layer; default those of the model. */
export type CallRotations = (layer: number) => Float32Array | undefined;

/**
 * Hugging Face's cached generation, step by step, with what it does wrong: with several sequences the bucketed step reads the
 * states of the first, near the ends its window wraps, and a local slice may begin before the past. It keeps every token
 * and sorts them all at each step, so it is for comparison only; streams of `createReformer` are for use.
 */
export class CachedReformer {
  readonly #encoder: ReformerEncoder;
  readonly #embedding: TokenEmbedding;
  readonly #layers: readonly CachedLayer[];
  readonly #batchSize: number;
  #count = 0;

  /** @throws ConfigError `CONFIG_INVALID` for a model that is not causal, or with window layers */
  constructor(encoder: ReformerEncoder, batchSize: number) {
    const { config, weights } = encoder;
    if (!config.causal || config.layers.includes('window')) {
      throw new ConfigError('CONFIG_INVALID', 'Expected a causal model of lsh and local layers, got another');
    }
    this.#encoder = encoder;
    this.#batchSize = batchSize;
    this.#embedding = new TokenEmbedding({ ...config, typeVocabSize: 0, positionOffset: 0 }, weights.embedding);
    this.#layers = config.layers.map(
      (kind: ReformerLayer, i) => new CachedLayer(config, { kind, weights: layerOf(weights, i) }, batchSize),
    );
  }

  /** Layer `i`, for its cache. */
  layer(i: number): CachedLayer {
    return this.#layers[i] as CachedLayer;
  }

  /** The first call: the tokens `[n, inputSize]` of each sequence, without masks. */
  start(batch: readonly Float32Array[], rotations: CallRotations = () => undefined): ReformerSequenceOutput[] {
    const { config } = this.#encoder;
    const weights = withRotations(this.#encoder.weights, rotations);
    return batch.map((tokens, b) => {
      this.#count = requireRows('tokens', tokens, config.inputSize);
      const output = encodeWhole({ config, weights, embedding: this.#embedding }, { tokens, trace: true });
      for (const [i, layer] of output.layers.entries()) this.layer(i).fill(b, layer.input, layer.buckets);
      return output;
    });
  }

  /** A later call: one token `[inputSize]` of each sequence. */
  step(tokens: readonly Float32Array[], rotations: CallRotations = () => undefined): CachedOutput[] {
    if (tokens.length !== this.#batchSize) {
      throw new ShapeError(
        'SHAPE_MISMATCH',
        `Expected one token for each of ${this.#batchSize} sequences, got ${tokens.length}`,
      );
    }
    const { config, weights } = this.#encoder;
    const { hiddenSize } = config;
    const rows = tokens.map((token) => {
      const row = new Float32Array(2 * hiddenSize);
      this.#embedding.apply(token, { positionRow: this.#embedding.positionRow(token, this.#count), type: 0 }, row);
      row.copyWithin(hiddenSize, 0, hiddenSize);
      return row;
    });
    const steps = this.#layers.map((layer, i) => {
      const own = rotations(i) ?? weights.layers[i]?.lsh?.rotations;
      return layer.step(rows, own).map((step, b) => ({
        ...step,
        x1: (rows[b] as Float32Array).slice(0, hiddenSize),
        x2: (rows[b] as Float32Array).slice(hiddenSize),
      }));
    });
    this.#count += 1;
    return rows.map((row, b) => {
      applyLayerNorm(weights.outputNorm, row, row);
      return { encoding: row, layers: steps.map((layer) => layer[b] as (typeof layer)[number]) };
    });
  }
}

function layerOf(weights: ReformerWeights, i: number): ReformerWeights['layers'][number] {
  return weights.layers[i] as ReformerWeights['layers'][number];
}

function withRotations(weights: ReformerWeights, rotations: CallRotations): ReformerWeights {
  const layers = weights.layers.map((layer, i) => {
    const own = rotations(i);
    return own === undefined || layer.lsh === undefined ? layer : { ...layer, lsh: { ...layer.lsh, rotations: own } };
  });
  return { ...weights, layers };
}

import { type EncoderStream, requireInteger, type StreamEncoder, sha256Hex } from '../../core/index.ts';
import { applyLayerNorm, WindowAttention } from '../kernels/reference/index.ts';
import {
  LayeredStream,
  latencyOf,
  pushAll,
  requireInit,
  type StackLayer,
  type StackModel,
  TokenEmbedding,
} from '../stack/index.ts';
import { ReformerBlock } from './block.ts';
import { BufferedStream } from './buffered-stream.ts';
import type { ReformerConfig, ResolvedReformerConfig } from './config.ts';
import { LocalLayer } from './local-layer.ts';
import { LshLayer } from './lsh-layer.ts';
import { reformerTensors } from './parameters.ts';
import { resolveReformerConfig } from './resolve-config.ts';
import { seededReformerWeights } from './seeded-weights.ts';
import { encodeWhole, type ReformerSequence, type ReformerSequenceOutput } from './sequence.ts';
import type { ReformerWeights } from './weights.ts';
import { ReformerWindowLayer } from './window-layer.ts';

/** A Reformer: weights and configuration, shared by its streams. */
export interface ReformerEncoder extends StreamEncoder {
  readonly family: 'reformer';
  readonly config: ResolvedReformerConfig;
  readonly weights: ReformerWeights;
  /** Number of parameters, rotations included. */
  readonly parameterCount: number;
  /**
   * Encodes a finite sequence at once: by the rule `offline`, or where the configuration has another rule (or none, being
   * causal without `circular` ends) as a stream does, with nothing to trace.
   */
  encodeSequence(sequence: ReformerSequence): ReformerSequenceOutput;
}

/** Where the weights come from: a seed (untrained), or arrays in the shapes of the configuration. */
export type ReformerInit = { readonly seed: number } | { readonly weights: ReformerWeights };

/** Tokens that a stream of the rule `offline` holds at most. */
const MAX_BUFFERED = 1_048_576;

/**
 * Makes an encoder. Streams of the rules `bucket-recency` and `prefix-exact` cost the same for every token and hold the
 * horizon; with the rule `offline`, or where `causal` is false, a stream gives nothing before `flush`.
 *
 * @param config see {@link ReformerConfig}
 * @param init a seed 0..2^32-1, or weights
 * @throws ConfigError `CONFIG_INVALID`; ShapeError `SHAPE_MISMATCH` when weights do not fit the configuration
 * @example
 * const layers = ['local', 'lsh'] as const;
 * const config = { inputSize: 8, hiddenSize: 32, numHeads: 4, layers, lsh: { numBuckets: 16 } };
 * createReformer(config, { seed: 1 }).open().push(new Float32Array(8)).length; // 64
 */
export function createReformer(config: ReformerConfig, init: ReformerInit): ReformerEncoder {
  const resolved = resolveReformerConfig(config);
  requireInit(init);
  const weights =
    'seed' in init
      ? seededReformerWeights(resolved, requireInteger('seed', init.seed, { min: 0, max: 2 ** 32 - 1 }))
      : init.weights;
  const tensors = [...reformerTensors(resolved, weights).values()];
  const modelHash = sha256Hex(JSON.stringify(Object.entries(resolved).sort()), ...tensors);
  const embedding = new TokenEmbedding({ ...resolved, typeVocabSize: 0, positionOffset: 0 }, weights.embedding);
  const whole = (sequence: ReformerSequence): ReformerSequenceOutput =>
    encodeWhole({ config: resolved, weights, embedding }, sequence);
  const shared = {
    family: 'reformer' as const,
    config: resolved,
    weights,
    inputSize: resolved.inputSize,
    outputSize: 2 * resolved.hiddenSize,
    modelHash,
    parameterCount: tensors.reduce((sum, array) => sum + array.length, 0),
  };
  if (!resolved.causal || resolved.lsh?.rule === 'offline') {
    const buffered = {
      ...shared,
      embedding,
      maxTokens: MAX_BUFFERED,
      encode: (s: ReformerSequence) => whole(s).encodings,
    };
    return {
      ...shared,
      latencyTokens: Number.POSITIVE_INFINITY,
      open: () => new BufferedStream(buffered),
      pushMany: (batch) => pushAll(BufferedStream, batch),
      encodeSequence: whole,
    };
  }
  const model = stackOf({ config: resolved, weights, embedding, modelHash });
  const isWhole = resolved.lsh === undefined && resolved.wrap === 'circular';
  return {
    ...shared,
    latencyTokens: latencyOf(model.layers),
    open: (): EncoderStream => new LayeredStream(model),
    pushMany: (batch) => pushAll(LayeredStream, batch),
    encodeSequence: (sequence) => (isWhole ? whole(sequence) : streamed(model, sequence)),
  };
}

function streamed(model: StackModel, { tokens, kinds }: ReformerSequence): ReformerSequenceOutput {
  const stream = new LayeredStream(model);
  const settled = stream.push(tokens, kinds);
  const owed = stream.flush();
  const encodings = new Float32Array(settled.length + owed.length);
  encodings.set(settled);
  encodings.set(owed, settled.length);
  return { encodings, embeddings: new Float32Array(0), layers: [] };
}

interface StackParts {
  readonly config: ResolvedReformerConfig;
  readonly weights: ReformerWeights;
  readonly embedding: TokenEmbedding;
  readonly modelHash: string;
}

function stackOf({ config, weights, embedding, modelHash }: StackParts): StackModel {
  const { hiddenSize } = config;
  const { outputNorm } = weights;
  return {
    kind: 'reformer',
    modelHash,
    inputSize: config.inputSize,
    outputSize: 2 * hiddenSize,
    rowSize: 2 * hiddenSize,
    takesGlobals: false,
    embedding,
    layers: layersOf(config, weights),
    readout: undefined,
    begin: (row) => {
      for (let c = 0; c < hiddenSize; c++) row[hiddenSize + c] = row[c] as number;
    },
    finish: (row) => applyLayerNorm(outputNorm, row, row),
  };
}

function layersOf(config: ResolvedReformerConfig, weights: ReformerWeights): StackLayer[] {
  const block = new ReformerBlock(config);
  const width = config.numHeads * config.headDim;
  const keys = config.window === undefined ? 1 : config.window.window + config.window.lookAhead;
  const scratch = {
    query: new Float32Array(width),
    key: new Float32Array(width),
    value: new Float32Array(width),
    context: block.context,
    attention: new WindowAttention(keys),
  };
  return weights.layers.map((layer, i) => {
    switch (config.layers[i]) {
      case 'lsh':
        return new LshLayer(config, layer, block);
      case 'local':
        return new LocalLayer(config, layer, block);
      default:
        return new ReformerWindowLayer(config, layer, { block, scratch });
    }
  });
}

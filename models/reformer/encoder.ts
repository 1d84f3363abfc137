import {
  type EncoderStream,
  requireInteger,
  type StreamEncoder,
  type StreamPush,
  sha256Hex,
} from '../../core/index.ts';
import {
  type CachePrecision,
  type Engine,
  type EngineMemory,
  type EngineName,
  type EngineOptions,
  openEngine,
  requireEngineOptions,
} from '../kernels/index.ts';
import {
  LayeredStream,
  latencyOf,
  pushTogether,
  RowBatch,
  requireBatch,
  requireInit,
  type StackLayer,
  type StackModel,
  TokenEmbedding,
  TokenRows,
} from '../stack/index.ts';
import { type BufferedModel, BufferedStream } from './buffered-stream.ts';
import type { ReformerConfig, ResolvedReformerConfig } from './config.ts';
import { LocalLayer } from './local-layer.ts';
import { LshLayer } from './lsh-layer.ts';
import { reformerTensors } from './parameters.ts';
import { resolveReformerConfig } from './resolve-config.ts';
import { seededReformerWeights } from './seeded-weights.ts';
import { encodeWhole, type ReformerSequence, type ReformerSequenceOutput } from './sequence.ts';
import { ReformerStreamBlock } from './stream-block.ts';
import type { ReformerWeights } from './weights.ts';
import { ReformerWindowLayer } from './window-layer.ts';

/** A Reformer: weights and configuration, shared by its streams. */
export interface ReformerEncoder extends StreamEncoder {
  readonly family: 'reformer';
  readonly config: ResolvedReformerConfig;
  readonly weights: ReformerWeights;
  /** What its streams are computed with; streams of the rule `offline` by the plain TypeScript of `reference`. */
  readonly engine: EngineName;
  /** How its streams store keys and values; `float32` with the rule `offline`, which keeps no cache. */
  readonly cachePrecision: CachePrecision;
  /** Memory of the engine at present. */
  readonly memory: EngineMemory;
  /** Number of parameters, rotations included. */
  readonly parameterCount: number;
  /**
   * Encodes a finite sequence at once: by the rule `offline`, or where the configuration has another rule (or none, being
   * causal without `circular` ends) as a stream does, with nothing to trace. In float32 whatever the precision of the caches; with
   * another one than float32 always in plain TypeScript.
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
 * @param options the engine of its streams and the precision of their caches, see {@link EngineOptions}
 * @throws ConfigError `CONFIG_INVALID`; ShapeError `SHAPE_MISMATCH` when weights do not fit the configuration;
 *   OverflowError `MEMORY_EXHAUSTED` when they do not fit into the engine's memory
 * @example
 * const layers = ['local', 'lsh'] as const;
 * const config = { inputSize: 8, hiddenSize: 32, numHeads: 4, layers, lsh: { numBuckets: 16 } };
 * createReformer(config, { seed: 1 }).open().push(new Float32Array(8)).length; // 64
 */
export function createReformer(
  config: ReformerConfig,
  init: ReformerInit,
  options: EngineOptions = {},
): ReformerEncoder {
  const resolved = resolveReformerConfig(config);
  requireInit(init);
  requireEngineOptions(options);
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
      engine: 'reference',
      cachePrecision: 'float32',
      memory: { reservedBytes: 0, usedBytes: 0 },
      pushMany: (batch) => pushBuffered(buffered, batch),
      encodeSequence: whole,
    };
  }
  const engine = openEngine(options);
  const { cachePrecision } = engine;
  const parts = { config: resolved, weights, embedding, modelHash };
  const model = stackOf(engine, parts);
  let exact = cachePrecision === 'float32' ? model : undefined;
  const exactModel = (): StackModel => {
    exact ??= stackOf(openEngine({ engine: 'reference' }), parts);
    return exact;
  };
  const isWhole = resolved.lsh === undefined && resolved.wrap === 'circular';
  return {
    ...shared,
    engine: engine.name,
    cachePrecision,
    get memory() {
      const { reservedBytes, usedBytes } = engine.memory;
      return { reservedBytes, usedBytes };
    },
    latencyTokens: latencyOf(model.layers),
    open: (): EncoderStream => new LayeredStream(model),
    pushMany: (batch) => pushTogether(model, batch),
    encodeSequence: (sequence) => (isWhole ? whole(sequence) : streamed(exactModel(), sequence)),
  };
}

function pushBuffered(model: BufferedModel, batch: readonly StreamPush[]): Float32Array[] {
  const isOwn = (stream: EncoderStream): stream is BufferedStream =>
    stream instanceof BufferedStream && stream.model === model;
  const streams = requireBatch(batch, isOwn);
  return streams.map((stream, i) => stream.push((batch[i] as StreamPush).tokens, batch[i]?.kinds));
}

function streamed(model: StackModel, { tokens, kinds }: ReformerSequence): ReformerSequenceOutput {
  const stream = new LayeredStream(model);
  try {
    const settled = stream.push(tokens, kinds);
    const owed = stream.flush();
    const encodings = new Float32Array(settled.length + owed.length);
    encodings.set(settled);
    encodings.set(owed, settled.length);
    return { encodings, embeddings: new Float32Array(0), layers: [] };
  } finally {
    stream.close();
  }
}

interface StackParts {
  readonly config: ResolvedReformerConfig;
  readonly weights: ReformerWeights;
  readonly embedding: TokenEmbedding;
  readonly modelHash: string;
}

function stackOf(engine: Engine, { config, weights, embedding, modelHash }: StackParts): StackModel {
  const { inputSize, hiddenSize } = config;
  const batch = new RowBatch(engine, 2 * hiddenSize);
  const block = new ReformerStreamBlock(engine, config, batch.rows);
  const norm = engine.layerNorm(weights.outputNorm);
  return {
    kind: 'reformer',
    modelHash,
    cachePrecision: engine.cachePrecision,
    inputSize,
    outputSize: 2 * hiddenSize,
    takesGlobals: false,
    tokens: new TokenRows(engine, embedding, { weights: weights.embedding, inputSize }),
    layers: weights.layers.map((layer, i): StackLayer => {
      const parts = { weights: layer, block };
      if (config.layers[i] === 'lsh') return new LshLayer(engine, config, parts);
      if (config.layers[i] === 'local') return new LocalLayer(engine, config, parts);
      return new ReformerWindowLayer(engine, config, parts);
    }),
    readout: undefined,
    batch,
    begin: (_, count) => block.double(count),
    finish: (rows, count) => norm.apply(rows, rows, count),
  };
}

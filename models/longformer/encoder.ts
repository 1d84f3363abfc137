import { requireInteger, type StreamEncoder, sha256Hex } from '../../core/index.ts';
import {
  type CachePrecision,
  type Engine,
  type EngineMemory,
  type EngineName,
  type EngineOptions,
  openEngine,
} from '../kernels/index.ts';
import {
  LayeredStream,
  latencyOf,
  pushTogether,
  type ReadoutStream,
  RowBatch,
  requireInit,
  type StackModel,
  TokenEmbedding,
  TokenRows,
} from '../stack/index.ts';
import type { LongformerConfig, ResolvedLongformerConfig } from './config.ts';
import { LongformerLayer } from './layer.ts';
import { longformerTensors } from './parameters.ts';
import { resolveLongformerConfig } from './resolve-config.ts';
import { seededWeights } from './seeded-weights.ts';
import { encodeSequence, type LongformerSequence, type LongformerSequenceOutput } from './sequence.ts';
import { readoutOf } from './shared.ts';
import { longformerMaps, StreamBlock } from './stream-block.ts';
import type { LongformerWeights } from './weights.ts';

/** A sliding-window Longformer: weights and configuration, shared by its streams. */
export interface LongformerEncoder extends StreamEncoder {
  readonly family: 'longformer';
  readonly config: ResolvedLongformerConfig;
  readonly weights: LongformerWeights;
  /** What its streams are computed with. */
  readonly engine: EngineName;
  /** How its streams store keys and values; `encodeSequence` keeps no cache and computes in float32. */
  readonly cachePrecision: CachePrecision;
  /** Memory of the engine at present. */
  readonly memory: EngineMemory;
  /** Number of parameters. */
  readonly parameterCount: number;
  open(): ReadoutStream;
  /** Encodes a finite sequence at once, see `encodeSequence`; here tokens may be global both ways. */
  encodeSequence(sequence: LongformerSequence): LongformerSequenceOutput;
}

/** Where the weights come from: a seed (untrained), or arrays in the shapes of the configuration. */
export type LongformerInit = { readonly seed: number } | { readonly weights: LongformerWeights };

/**
 * Makes an encoder.
 *
 * @param config see {@link LongformerConfig}
 * @param init a seed 0..2^32-1, or weights
 * @param options the engine of its streams and the precision of their caches, see {@link EngineOptions}
 * @throws ConfigError `CONFIG_INVALID`; ShapeError `SHAPE_MISMATCH` when weights do not fit the configuration;
 *   OverflowError `MEMORY_EXHAUSTED` when they do not fit into the engine's memory
 * @example
 * const encoder = createLongformer({ inputSize: 64, hiddenSize: 128, numLayers: 4, numHeads: 4 }, { seed: 1 });
 * const stream = encoder.open();
 * stream.push(new Float32Array(64)).length; // 128
 */
export function createLongformer(
  config: LongformerConfig,
  init: LongformerInit,
  options: EngineOptions = {},
): LongformerEncoder {
  const resolved = resolveLongformerConfig(config);
  requireInit(init);
  const weights =
    'seed' in init
      ? seededWeights(resolved, requireInteger('seed', init.seed, { min: 0, max: 2 ** 32 - 1 }))
      : init.weights;
  const tensors = [...longformerTensors(resolved, weights).values()];
  const modelHash = sha256Hex(JSON.stringify(Object.entries(resolved).sort()), ...tensors);
  const engine = openEngine(options);
  const model = stackOf(engine, { config: resolved, weights, modelHash });
  return {
    family: 'longformer',
    config: resolved,
    weights,
    engine: engine.name,
    cachePrecision: engine.cachePrecision,
    get memory() {
      const { reservedBytes, usedBytes } = engine.memory;
      return { reservedBytes, usedBytes };
    },
    inputSize: resolved.inputSize,
    outputSize: resolved.hiddenSize,
    latencyTokens: latencyOf(model.layers),
    modelHash,
    parameterCount: tensors.reduce((sum, array) => sum + array.length, 0),
    open: () => new LayeredStream(model),
    pushMany: (batch) => pushTogether(model, batch),
    encodeSequence: (sequence) =>
      encodeSequence({ config: resolved, weights, embedding: model.tokens.embedding }, sequence),
  };
}

function stackOf(
  engine: Engine,
  parts: { readonly config: ResolvedLongformerConfig; readonly weights: LongformerWeights; readonly modelHash: string },
): StackModel {
  const { config, weights, modelHash } = parts;
  const { inputSize, hiddenSize } = config;
  const norm = engine.layerNorm(weights.outerNorm);
  const block = new StreamBlock(engine, config);
  const embedding = new TokenEmbedding(config, weights.embedding);
  return {
    kind: 'longformer',
    modelHash,
    cachePrecision: engine.cachePrecision,
    inputSize,
    outputSize: hiddenSize,
    takesGlobals: config.globals > 0,
    tokens: new TokenRows(engine, embedding, { weights: weights.embedding, inputSize }),
    layers: weights.layers.map(
      (layer, i) => new LongformerLayer(engine, config, { layer: i, block, maps: longformerMaps(engine, layer) }),
    ),
    readout: readoutOf(engine, config, weights),
    batch: new RowBatch(engine, hiddenSize),
    begin: (rows, count) => {
      if (config.norm === 'post') norm.apply(rows, rows, count);
    },
    finish: (rows, count) => {
      if (config.norm === 'pre') norm.apply(rows, rows, count);
    },
  };
}

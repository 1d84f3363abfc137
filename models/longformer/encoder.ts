import { requireInteger, type StreamEncoder, sha256Hex } from '../../core/index.ts';
import { applyLayerNorm } from '../kernels/reference/index.ts';
import {
  LayeredStream,
  latencyOf,
  pushAll,
  Readout,
  type ReadoutStream,
  requireInit,
  type StackModel,
  TokenEmbedding,
} from '../stack/index.ts';
import { LongformerBlock } from './block.ts';
import type { LongformerConfig, ResolvedLongformerConfig } from './config.ts';
import { LongformerLayer } from './layer.ts';
import { longformerTensors } from './parameters.ts';
import { resolveLongformerConfig } from './resolve-config.ts';
import { seededWeights } from './seeded-weights.ts';
import { encodeSequence, type LongformerSequence, type LongformerSequenceOutput } from './sequence.ts';
import type { LongformerWeights } from './weights.ts';

/** A sliding-window Longformer: weights and configuration, shared by its streams. */
export interface LongformerEncoder extends StreamEncoder {
  readonly family: 'longformer';
  readonly config: ResolvedLongformerConfig;
  readonly weights: LongformerWeights;
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
 * @throws ConfigError `CONFIG_INVALID`; ShapeError `SHAPE_MISMATCH` when weights do not fit the configuration
 * @example
 * const encoder = createLongformer({ inputSize: 64, hiddenSize: 128, numLayers: 4, numHeads: 4 }, { seed: 1 });
 * const stream = encoder.open();
 * stream.push(new Float32Array(64)).length; // 128
 */
export function createLongformer(config: LongformerConfig, init: LongformerInit): LongformerEncoder {
  const resolved = resolveLongformerConfig(config);
  requireInit(init);
  const weights =
    'seed' in init
      ? seededWeights(resolved, requireInteger('seed', init.seed, { min: 0, max: 2 ** 32 - 1 }))
      : init.weights;
  const tensors = [...longformerTensors(resolved, weights).values()];
  const modelHash = sha256Hex(JSON.stringify(Object.entries(resolved).sort()), ...tensors);
  const model = stackOf(resolved, weights, modelHash);
  return {
    family: 'longformer',
    config: resolved,
    weights,
    inputSize: resolved.inputSize,
    outputSize: resolved.hiddenSize,
    latencyTokens: latencyOf(model.layers),
    modelHash,
    parameterCount: tensors.reduce((sum, array) => sum + array.length, 0),
    open: () => new LayeredStream(model),
    pushMany: (batch) => pushAll(LayeredStream, batch),
    encodeSequence: (sequence) => encodeSequence({ ...model, config: resolved, weights }, sequence),
  };
}

function stackOf(config: ResolvedLongformerConfig, weights: LongformerWeights, modelHash: string): StackModel {
  const { outerNorm } = weights;
  const norm = (x: Float32Array): void => applyLayerNorm(outerNorm, x, x);
  const block = new LongformerBlock(config, mostKeys(config));
  return {
    kind: 'longformer',
    modelHash,
    inputSize: config.inputSize,
    outputSize: config.hiddenSize,
    rowSize: config.hiddenSize,
    takesGlobals: config.globals > 0,
    embedding: new TokenEmbedding(config, weights.embedding),
    layers: weights.layers.map((layer, i) => new LongformerLayer(config, i, { block, weights: layer })),
    readout:
      config.readout === undefined || weights.readout === undefined
        ? undefined
        : new Readout({ ...config, ...config.readout }, weights.readout),
    begin: config.norm === 'post' ? norm : () => undefined,
    finish: config.norm === 'pre' ? norm : () => undefined,
  };
}

function mostKeys(config: ResolvedLongformerConfig): number {
  const window = Math.max(...config.window.map((left, i) => left + (config.lookAhead[i] as number)));
  return window + config.sinks + config.globals;
}

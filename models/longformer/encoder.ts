import { type EncoderStream, requireInteger, ShapeError, type StreamEncoder, sha256Hex } from '../../core/index.ts';
import { type LongformerConfig, type ResolvedLongformerConfig, resolveLongformerConfig } from './config.ts';
import { LongformerStep } from './step.ts';
import { type LongformerShared, LongformerStream } from './stream.ts';
import { type LongformerWeights, seededWeights, weightArrays } from './weights.ts';

/** A causal sliding-window Longformer: weights and configuration, shared by its streams. */
export interface LongformerEncoder extends StreamEncoder {
  readonly config: ResolvedLongformerConfig;
  /** Number of parameters. */
  readonly parameterCount: number;
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
  const weights =
    'seed' in init
      ? seededWeights(resolved, requireInteger('seed', init.seed, { min: 0, max: 2 ** 32 - 1 }))
      : init.weights;
  requireShapes(resolved, weights);
  const parameterCount = weightArrays(weights).reduce((sum, array) => sum + array.length, 0);
  const shared: LongformerShared = {
    config: resolved,
    step: new LongformerStep(resolved, weights),
    modelHash: sha256Hex(JSON.stringify(Object.entries(resolved).sort()), ...weightArrays(weights)),
  };
  return {
    config: resolved,
    inputSize: resolved.inputSize,
    outputSize: resolved.hiddenSize,
    latencyTokens: 0,
    modelHash: shared.modelHash,
    parameterCount,
    open: (): EncoderStream => new LongformerStream(shared),
    pushMany: (batch) => batch.map(({ stream, tokens }) => stream.push(tokens)),
  };
}

/** Checks every array of `weights` against the configuration. */
function requireShapes(config: ResolvedLongformerConfig, weights: LongformerWeights): void {
  const { inputSize, hiddenSize, ffnSize, numLayers } = config;
  if (weights.layers.length !== numLayers) {
    throw new ShapeError('SHAPE_MISMATCH', `Expected weights of ${numLayers} layers, got ${weights.layers.length}`);
  }
  const linear = (
    name: string,
    part: { weight: Float32Array; bias: Float32Array },
    shape: readonly [number, number],
  ): void => {
    const [out, inSize] = shape;
    if (part.weight.length !== out * inSize || part.bias.length !== out) {
      throw new ShapeError(
        'SHAPE_MISMATCH',
        `Expected \`${name}\` to be [${out}, ${inSize}] with ${out} biases, got ${part.weight.length} weights and ${part.bias.length} biases`,
      );
    }
  };
  linear('embedding', weights.embedding, [hiddenSize, inputSize]);
  linear('outerNorm', weights.outerNorm, [hiddenSize, 1]);
  weights.layers.forEach((layer, i) => {
    for (const name of ['query', 'key', 'value', 'attentionOutput'] as const)
      linear(`layers[${i}].${name}`, layer[name], [hiddenSize, hiddenSize]);
    for (const name of ['attentionNorm', 'ffnNorm'] as const)
      linear(`layers[${i}].${name}`, layer[name], [hiddenSize, 1]);
    linear(`layers[${i}].ffnIn`, layer.ffnIn, [ffnSize, hiddenSize]);
    linear(`layers[${i}].ffnOut`, layer.ffnOut, [hiddenSize, ffnSize]);
  });
}

import type { LayerNorm, Linear } from '../kernels/reference/index.ts';
import {
  type EmbeddingWeights,
  type Parameter,
  type ReadoutWeights,
  requireForm,
  tensorsByName,
} from '../stack/index.ts';
import type { ResolvedLongformerConfig } from './config.ts';
import type { AttentionProjections, LongformerLayerWeights, LongformerWeights } from './weights.ts';

/** Every parameter that a configuration asks for, in one fixed order. */
export function longformerParameters(config: ResolvedLongformerConfig): Parameter[] {
  const parameters: Parameter[] = [];
  buildLongformerWeights(config, (name, shape) => {
    parameters.push({ name, shape });
    return new Float32Array(0);
  });
  return parameters;
}

/**
 * Puts the weights of a configuration together: asks `give` for each parameter array in the fixed order.
 * What it gives is kept, not copied.
 */
export function buildLongformerWeights(
  config: ResolvedLongformerConfig,
  give: (name: string, shape: readonly number[]) => Float32Array,
): LongformerWeights {
  const { hiddenSize, ffnSize, layerNormEps } = config;
  const linear = (name: string, outSize: number, inSize: number): Linear => ({
    inSize,
    outSize,
    weight: give(`${name}.weight`, [outSize, inSize]),
    bias: give(`${name}.bias`, [outSize]),
  });
  const square = (name: string): Linear => linear(name, hiddenSize, hiddenSize);
  const norm = (name: string): LayerNorm => ({
    size: hiddenSize,
    weight: give(`${name}.weight`, [hiddenSize]),
    bias: give(`${name}.bias`, [hiddenSize]),
    eps: Math.fround(layerNormEps),
  });
  const projections = (name: string): AttentionProjections => ({
    query: square(`${name}.query`),
    key: square(`${name}.key`),
    value: square(`${name}.value`),
  });
  const layer = (name: string): LongformerLayerWeights => ({
    ...projections(name),
    attentionOutput: square(`${name}.attentionOutput`),
    attentionNorm: norm(`${name}.attentionNorm`),
    ffnIn: linear(`${name}.ffnIn`, ffnSize, hiddenSize),
    ffnOut: linear(`${name}.ffnOut`, hiddenSize, ffnSize),
    ffnNorm: norm(`${name}.ffnNorm`),
    ...(config.globalProjections ? { global: projections(`${name}.global`) } : {}),
  });
  const embedding: EmbeddingWeights = {
    ...(config.input === 'linear' ? { linear: linear('embedding.linear', hiddenSize, config.inputSize) } : {}),
    ...(config.input === 'ids' ? { words: give('embedding.words', [config.vocabSize, hiddenSize]) } : {}),
    ...(config.position === 'learned'
      ? { positions: give('embedding.positions', [config.maxPositions, hiddenSize]) }
      : {}),
    ...(config.typeVocabSize > 0 ? { types: give('embedding.types', [config.typeVocabSize, hiddenSize]) } : {}),
  };
  const outerNorm = norm('outerNorm');
  const layers = Array.from({ length: config.numLayers }, (_, i) => layer(`layers.${i}`));
  if (config.readout === undefined) return { embedding, outerNorm, layers };
  const readout: ReadoutWeights = {
    queries: give('readout.queries', [config.readout.queries, hiddenSize]),
    key: square('readout.key'),
    value: square('readout.value'),
    output: square('readout.output'),
  };
  return { embedding, outerNorm, layers, readout };
}

/**
 * The arrays of `weights` by parameter name, in the order of {@link longformerParameters}.
 * @throws ShapeError `SHAPE_MISMATCH`, naming the parameter, when an array is absent or has the wrong length
 */
export function longformerTensors(
  config: ResolvedLongformerConfig,
  weights: LongformerWeights,
): Map<string, Float32Array> {
  requireForm(
    weights,
    [weights.outerNorm, ...weights.layers.flatMap((layer) => [layer.attentionNorm, layer.ffnNorm])],
    config,
  );
  return tensorsByName(longformerParameters(config), weights);
}

import { type LayerNorm, type Linear, rotationShape } from '../kernels/reference/index.ts';
import { type EmbeddingWeights, type Parameter, requireForm, tensorsByName } from '../stack/index.ts';
import type { ReformerLayer, ResolvedReformerConfig } from './config.ts';
import type { ReformerLayerWeights, ReformerWeights } from './weights.ts';

type Give = (name: string, shape: readonly number[]) => Float32Array;

/** Every parameter that a configuration asks for, in one fixed order. */
export function reformerParameters(config: ResolvedReformerConfig): Parameter[] {
  const parameters: Parameter[] = [];
  buildReformerWeights(config, (name, shape) => {
    parameters.push({ name, shape });
    return new Float32Array(0);
  });
  return parameters;
}

/**
 * Puts the weights of a configuration together: asks `give` for each parameter array in the fixed order. What it gives is
 * kept, not copied.
 */
export function buildReformerWeights(config: ResolvedReformerConfig, give: Give): ReformerWeights {
  const { hiddenSize } = config;
  const embedding = buildEmbedding(config, give);
  const layers = config.layers.map((kind, i) =>
    buildLayer(config, kind, (name, shape) => give(`layers.${i}.${name}`, shape)),
  );
  return {
    embedding,
    layers,
    outputNorm: buildNorm(config, 2 * hiddenSize, (name, shape) => give(`outputNorm.${name}`, shape)),
  };
}

function buildEmbedding(config: ResolvedReformerConfig, give: Give): EmbeddingWeights {
  const { input, inputSize, hiddenSize, vocabSize, position, maxPositions, axialShape, axialSizes } = config;
  return {
    ...(input === 'linear'
      ? {
          linear: {
            inSize: inputSize,
            outSize: hiddenSize,
            weight: give('embedding.linear.weight', [hiddenSize, inputSize]),
            bias: give('embedding.linear.bias', [hiddenSize]),
          },
        }
      : {}),
    ...(input === 'ids' ? { words: give('embedding.words', [vocabSize, hiddenSize]) } : {}),
    ...(position === 'learned' ? { positions: give('embedding.positions', [maxPositions, hiddenSize]) } : {}),
    ...(position === 'axial'
      ? { axial: axialShape.map((rows, axis) => give(`embedding.axial.${axis}`, [rows, axialSizes[axis] as number])) }
      : {}),
  };
}

function buildLayer(config: ResolvedReformerConfig, kind: ReformerLayer, give: Give): ReformerLayerWeights {
  const { hiddenSize, numHeads, headDim, ffnSize } = config;
  const width = numHeads * headDim;
  const named =
    (prefix: string): Give =>
    (name, shape) =>
      give(`${prefix}.${name}`, shape);
  const linear = (name: string, outSize: number, inSize: number): Linear => ({
    inSize,
    outSize,
    weight: give(`${name}.weight`, [outSize, inSize]),
    bias: give(`${name}.bias`, [outSize]),
  });
  const attentionNorm = buildNorm(config, hiddenSize, named('attentionNorm'));
  const maps =
    kind === 'lsh'
      ? {
          lsh: {
            queryKey: give('lsh.queryKey', [width, hiddenSize]),
            value: give('lsh.value', [width, hiddenSize]),
            rotations: give('lsh.rotations', rotationShape(lshShape(config))),
          },
        }
      : {
          attention: {
            query: give('attention.query', [width, hiddenSize]),
            key: give('attention.key', [width, hiddenSize]),
            value: give('attention.value', [width, hiddenSize]),
          },
        };
  return {
    attentionNorm,
    ...maps,
    attentionOutput: give('attentionOutput', [hiddenSize, width]),
    ffnNorm: buildNorm(config, hiddenSize, named('ffnNorm')),
    ffnIn: linear('ffnIn', ffnSize, hiddenSize),
    ffnOut: linear('ffnOut', hiddenSize, ffnSize),
  };
}

function buildNorm(config: ResolvedReformerConfig, size: number, give: Give): LayerNorm {
  return { size, weight: give('weight', [size]), bias: give('bias', [size]), eps: Math.fround(config.layerNormEps) };
}

/** Heads, rounds and bucket factors of the LSH layers. */
export function lshShape({ numHeads, headDim, lsh }: ResolvedReformerConfig): {
  readonly heads: number;
  readonly headDim: number;
  readonly rounds: number;
  readonly factors: readonly number[];
} {
  return { heads: numHeads, headDim, rounds: lsh?.numHashes ?? 0, factors: lsh?.numBuckets ?? [] };
}

/**
 * The arrays of `weights` by parameter name, in the order of {@link reformerParameters}.
 * @throws ShapeError `SHAPE_MISMATCH`, naming the parameter, when an array is absent or has the wrong length
 */
export function reformerTensors(config: ResolvedReformerConfig, weights: ReformerWeights): Map<string, Float32Array> {
  const { layerNormEps } = config;
  const norms = [weights.outputNorm, ...weights.layers.map((layer) => layer.attentionNorm)];
  requireForm(weights, norms, { numLayers: config.layers.length, layerNormEps });
  return tensorsByName(reformerParameters(config), weights);
}

import type { ReformerWeights, ResolvedReformerConfig } from '../../../models/index.ts';
import { buildReformerWeights, type ReformerConfig, resolveReformerConfig } from '../../../models/index.ts';
import { type HuggingFaceCase, type HuggingFaceConfig, huggingFace } from './hugging-face-fixture.ts';
import { TorchRandom } from './torch-random.ts';

/** The model of an integration test with the weights that its seed gives. */
export interface HuggingFaceModel {
  readonly config: ResolvedReformerConfig;
  readonly weights: ReformerWeights;
  /** `[vocabSize, 2 hiddenSize]`, of a language model. */
  readonly decoder: Float32Array;
}

type Tensors = Map<string, Float32Array>;

/** What a draw of a layer's linear maps needs: its name here, its size, and whether it has a bias. */
interface LinearMap {
  readonly name: string;
  readonly outSize: number;
  readonly inSize: number;
  readonly bias: boolean;
}

/** Makes the model that a test builds after `torch.manual_seed(0)`. */
export function huggingFaceModel(one: HuggingFaceCase): HuggingFaceModel {
  const fields = { ...huggingFace.base_config, attn_layers: [], ...one.overrides };
  const config = resolveReformerConfig(configOf(fields, one.kind === 'layer'));
  const random = new TorchRandom(0);
  const tensors: Tensors = new Map();
  let decoder: Float32Array = new Float32Array(0);
  if (one.kind === 'layer') drawDefault(random, config, tensors);
  else {
    const { vocabSize, hiddenSize } = config;
    random.normal(vocabSize * hiddenSize);
    drawDefault(random, config, new Map());
    drawModel(random, fields, config, tensors);
    random.uniform(vocabSize * 2 * hiddenSize);
    decoder = random.normal(vocabSize * 2 * hiddenSize, fields.initializer_range);
  }
  const weights = buildReformerWeights(config, (name, shape) => {
    const length = shape.reduce((product, size) => product * size, 1);
    // The generator starts again before every hash, so all layers have the same rotations.
    if (name.endsWith('.rotations')) return new TorchRandom(fields.hash_seed).normal(length);
    return tensors.get(name) ?? new Float32Array(length).fill(name.endsWith('orm.weight') ? 1 : 0);
  });
  return { config, weights, decoder };
}

function configOf(fields: HuggingFaceConfig, isLayer: boolean): ReformerConfig {
  const input = isLayer
    ? { inputSize: fields.hidden_size, input: 'direct' as const }
    : {
        ...{ inputSize: 1, input: 'ids' as const, vocabSize: fields.vocab_size },
        ...{ position: 'axial' as const, axialShape: fields.axial_pos_shape, axialSizes: fields.axial_pos_embds_dim },
      };
  const lsh = {
    ...{ rule: 'offline' as const, numBuckets: fields.num_buckets, numHashes: fields.num_hashes },
    chunkLength: fields.lsh_attn_chunk_length,
    chunksBefore: fields.lsh_num_chunks_before,
    chunksAfter: fields.lsh_num_chunks_after,
  };
  const local = {
    chunkLength: fields.local_attn_chunk_length,
    chunksBefore: fields.local_num_chunks_before,
    chunksAfter: fields.local_num_chunks_after,
  };
  return {
    ...input,
    hiddenSize: fields.hidden_size,
    numHeads: fields.num_attention_heads,
    headDim: fields.attention_head_size,
    layers: fields.attn_layers,
    ffnSize: fields.feed_forward_size,
    activation: fields.hidden_act,
    layerNormEps: fields.layer_norm_eps,
    causal: fields.is_decoder,
    wrap: 'circular',
    ...(fields.attn_layers.includes('lsh') ? { lsh } : {}),
    ...(fields.attn_layers.includes('local') ? { local } : {}),
  };
}

/** Every linear map of the stack in the order in which the modules are made. */
function linearMaps({ layers, hiddenSize, numHeads, headDim, ffnSize }: ResolvedReformerConfig): LinearMap[] {
  const width = numHeads * headDim;
  return layers.flatMap((kind, i) => {
    const projections =
      kind === 'lsh' ? ['lsh.queryKey', 'lsh.value'] : ['query', 'key', 'value'].map((of) => `attention.${of}`);
    const map = (name: string, outSize: number, inSize: number, bias: boolean): LinearMap => ({
      ...{ name: `layers.${i}.${name}`, outSize, inSize, bias },
    });
    return [
      ...projections.map((name) => map(name, width, hiddenSize, false)),
      map('attentionOutput', hiddenSize, width, false),
      map('ffnIn', ffnSize, hiddenSize, true),
      map('ffnOut', hiddenSize, ffnSize, true),
    ];
  });
}

/** What a new linear map holds: uniform numbers in ±1/√inSize. */
function drawDefault(random: TorchRandom, config: ResolvedReformerConfig, into: Tensors): void {
  for (const { name, outSize, inSize, bias } of linearMaps(config)) {
    const limit = 1 / Math.sqrt(inSize);
    into.set(bias ? `${name}.weight` : name, random.uniform(outSize * inSize, -limit, limit));
    if (bias) into.set(`${name}.bias`, random.uniform(outSize, -limit, limit));
  }
}

/** What a model then puts in their place: normal numbers, and no biases. */
function drawModel(
  random: TorchRandom,
  fields: HuggingFaceConfig,
  config: ResolvedReformerConfig,
  into: Tensors,
): void {
  into.set('embedding.words', random.normal(config.vocabSize * config.hiddenSize, fields.initializer_range));
  config.axialShape.forEach((rows, axis) => {
    const size = rows * (config.axialSizes[axis] as number);
    into.set(`embedding.axial.${axis}`, random.normal(size, fields.axial_norm_std));
  });
  for (const { name, outSize, inSize, bias } of linearMaps(config)) {
    into.set(bias ? `${name}.weight` : name, random.normal(outSize * inSize, fields.initializer_range));
  }
}

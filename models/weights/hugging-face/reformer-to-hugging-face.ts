import { type ResolvedReformerConfig, resolveReformerConfig } from '../../reformer/index.ts';
import type { ReformerModel } from '../encoder-model.ts';
import { encoderTensors, headTensors, type StoredTensor } from '../model-tensors.ts';
import { activationName } from './config-fields.ts';
import { taskName } from './longformer-names.ts';
import { parseReformerConfig, type ReformerArchitecture } from './reformer-config.ts';
import { reformerName, storedParameters } from './reformer-names.ts';
import { type HuggingFaceFiles, inexpressible, labelFields, requireSameFields } from './written-config.ts';

const MODEL =
  'Reformer can hold (ids, learned or axial positions, lsh and local layers, circular ends, heads for language and sequence classification)';

/**
 * A Reformer under the names of Hugging Face. Its rotations and what a stream looks for (the rule and its fields) have no
 * place there: they stay behind.
 * @throws ConfigError `CONFIG_INVALID`, naming the first field that such a model cannot have
 */
export function reformerToHuggingFace(model: ReformerModel): HuggingFaceFiles {
  const { encoder, head, origin } = model;
  const { config } = encoder;
  const architecture = architectureOf(model);
  const json = {
    ...(origin ?? { tie_word_embeddings: false }),
    architectures: [architecture],
    ...fieldsOf(config, origin),
    ...labelFields(model.labels),
  };
  requireExpressible(config, json);
  const prefix = architecture === 'ReformerModel' ? '' : 'reformer.';
  const arrays = encoderTensors(encoder);
  const parameters = [...arrays].map(([name, { shape }]) => ({ name, shape }));
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape } of storedParameters(config, parameters)) {
    const { values } = arrays.get(name) as StoredTensor;
    tensors.set(`${prefix}${reformerName(name)}`, { shape, values });
  }
  if (head !== undefined) {
    for (const [name, tensor] of headTensors(head)) tensors.set(taskName(head.config.task, name), tensor);
  }
  return { config: json, tensors };
}

function architectureOf({ head, encoder: { config } }: ReformerModel): ReformerArchitecture {
  if (head === undefined) return 'ReformerModel';
  const { task, outputs } = head.config;
  if (task === 'sequence-classification') return 'ReformerForSequenceClassification';
  if (task !== 'language') throw inexpressible(MODEL, 'head.task', task);
  if (outputs !== config.vocabSize) throw inexpressible(MODEL, 'head.outputs', outputs);
  return config.causal ? 'ReformerModelWithLMHead' : 'ReformerForMaskedLM';
}

function fieldsOf(config: ResolvedReformerConfig, origin: ReformerModel['origin']): Record<string, unknown> {
  return {
    model_type: 'reformer',
    is_decoder: config.causal,
    attn_layers: config.layers,
    num_hidden_layers: config.layers.length,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    num_attention_heads: config.numHeads,
    attention_head_size: config.headDim,
    feed_forward_size: config.ffnSize,
    hidden_act: activationName(config.activation, origin?.hidden_act),
    layer_norm_eps: config.layerNormEps,
    ...lshFields(config),
    ...localFields(config),
    ...positionFields(config, origin),
  };
}

function lshFields({ lsh }: ResolvedReformerConfig): Record<string, unknown> {
  if (lsh === undefined) return {};
  return {
    num_buckets: lsh.numBuckets.length === 1 ? lsh.numBuckets[0] : lsh.numBuckets,
    num_hashes: lsh.numHashes,
    lsh_attn_chunk_length: lsh.chunkLength,
    lsh_num_chunks_before: lsh.chunksBefore,
    lsh_num_chunks_after: lsh.chunksAfter,
  };
}

function localFields({ local }: ResolvedReformerConfig): Record<string, unknown> {
  if (local === undefined) return {};
  return {
    local_attn_chunk_length: local.chunkLength,
    local_num_chunks_before: local.chunksBefore,
    local_num_chunks_after: local.chunksAfter,
  };
}

function positionFields(
  { position, maxPositions, axialShape, axialSizes }: ResolvedReformerConfig,
  origin: ReformerModel['origin'],
): Record<string, unknown> {
  if (position === 'learned') return { axial_pos_embds: false, max_position_embeddings: maxPositions };
  return {
    axial_pos_embds: true,
    axial_pos_shape: axialShape,
    axial_pos_embds_dim: axialSizes,
    // With axial positions the table has its own length.
    max_position_embeddings: origin?.max_position_embeddings ?? maxPositions,
  };
}

/** What the written configuration would be read as must be the model itself, but for what a stream looks for. */
function requireExpressible(config: ResolvedReformerConfig, json: Readonly<Record<string, unknown>>): void {
  const { input, position, layers, lsh } = config;
  if (input !== 'ids') throw inexpressible(MODEL, 'input', input);
  if (position === 'none') throw inexpressible(MODEL, 'position', position);
  if (layers.includes('window')) throw inexpressible(MODEL, 'layers', layers);
  const { reformer } = parseReformerConfig(json);
  const kept = lsh === undefined ? {} : { lsh: { ...lsh, ...reformer.lsh, rule: lsh.rule } };
  const { lsh: _, ...rest } = reformer;
  const read = resolveReformerConfig({ ...rest, ...kept });
  requireSameFields(config, { read, model: MODEL });
}

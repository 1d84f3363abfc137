import { type ResolvedLongformerConfig, resolveLongformerConfig } from '../../longformer/index.ts';
import type { LongformerModel } from '../encoder-model.ts';
import { encoderTensors, headTensors, type StoredTensor } from '../model-tensors.ts';
import { activationName } from './config-fields.ts';
import { type LongformerArchitecture, parseLongformerConfig } from './longformer-config.ts';
import { ARCHITECTURE_TASKS, encoderName, taskName } from './longformer-names.ts';
import { type HuggingFaceFiles, inexpressible, labelFields, requireSameFields } from './written-config.ts';

const MODEL =
  'Longformer can hold (ids, learned positions, post norm, symmetric windows without dilation, sinks or read-out, with global projections)';

/**
 * A Longformer under the names of Hugging Face.
 * @throws ConfigError `CONFIG_INVALID`, naming the first field that such a model cannot have
 */
export function longformerToHuggingFace(model: LongformerModel): HuggingFaceFiles {
  const { encoder, head, origin } = model;
  const { config } = encoder;
  const architecture = architectureOf(model);
  const json = {
    ...origin,
    architectures: [architecture],
    ...fieldsOf(config, origin),
    ...labelFields(model.labels),
  };
  requireExpressible(config, json);
  const prefix = architecture === 'LongformerModel' ? '' : 'longformer.';
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of encoderTensors(encoder)) tensors.set(`${prefix}${encoderName(name)}`, tensor);
  if (head !== undefined) {
    const tied = head.config.task !== 'masked-language' || head.config.tied === true;
    if (!tied) Object.assign(json, { tie_word_embeddings: false });
    for (const [name, tensor] of headTensors(head)) tensors.set(taskName(head.config.task, name), tensor);
  }
  return { config: json, tensors };
}

function architectureOf({ head }: LongformerModel): LongformerArchitecture {
  const found = Object.entries(ARCHITECTURE_TASKS).find(([, task]) => task === (head?.config.task ?? 'pooling'));
  if (found === undefined) throw inexpressible(MODEL, 'head.task', head?.config.task);
  return found[0] as LongformerArchitecture;
}

/** One number where the file had one that still holds. */
function windowsOf({ lookAhead }: ResolvedLongformerConfig, origin: LongformerModel['origin']): number | number[] {
  const given = origin?.attention_window;
  return typeof given === 'number' && lookAhead.every((side) => 2 * side === given)
    ? given
    : lookAhead.map((side) => 2 * side);
}

function fieldsOf(config: ResolvedLongformerConfig, origin: LongformerModel['origin']): Record<string, unknown> {
  return {
    model_type: 'longformer',
    attention_window: windowsOf(config, origin),
    vocab_size: config.vocabSize,
    type_vocab_size: config.typeVocabSize,
    max_position_embeddings: config.maxPositions,
    pad_token_id: config.padId,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.numLayers,
    num_attention_heads: config.numHeads,
    intermediate_size: config.ffnSize,
    hidden_act: activationName(config.activation, origin?.hidden_act),
    layer_norm_eps: config.layerNormEps,
  };
}

/** What the written configuration would be read as must be the model itself. */
function requireExpressible(config: ResolvedLongformerConfig, json: Readonly<Record<string, unknown>>): void {
  if (config.input !== 'ids') throw inexpressible(MODEL, 'input', config.input);
  if (config.position !== 'learned') throw inexpressible(MODEL, 'position', config.position);
  const read = resolveLongformerConfig(parseLongformerConfig(json).longformer);
  requireSameFields(config, { read, model: MODEL });
}

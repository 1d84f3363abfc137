import { ConfigError, show } from '../../../core/index.ts';
import {
  longformerParameters,
  longformerTensors,
  type ResolvedLongformerConfig,
  resolveLongformerConfig,
} from '../../longformer/index.ts';
import type { LongformerModel } from '../encoder-model.ts';
import { headTensors, type StoredTensor } from '../model-file.ts';
import { type LongformerArchitecture, parseLongformerConfig } from './longformer-config.ts';
import { ARCHITECTURE_TASKS, encoderName, taskName } from './longformer-names.ts';

const ACTIVATION_NAMES = { gelu: 'gelu', 'gelu-tanh': 'gelu_new', silu: 'silu', relu: 'relu' } as const;

/** A model as Hugging Face stores it. */
export interface HuggingFaceFiles {
  /** Content of `config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * A model under the names of Hugging Face; what its file said before is kept in the configuration.
 * @throws ConfigError `CONFIG_INVALID`, naming the first field that a Longformer of Hugging Face cannot have
 */
export function toHuggingFace(model: LongformerModel): HuggingFaceFiles {
  const { encoder, head } = model;
  const { config } = encoder;
  const architecture = architectureOf(model);
  const json = {
    ...model.origin,
    architectures: [architecture],
    ...fieldsOf(config, model.origin),
    ...labelFields(model),
  };
  requireExpressible(config, json);
  const prefix = architecture === 'LongformerModel' ? '' : 'longformer.';
  const arrays = longformerTensors(config, encoder.weights);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape } of longformerParameters(config)) {
    tensors.set(`${prefix}${encoderName(name)}`, { shape, values: arrays.get(name) as Float32Array });
  }
  if (head !== undefined) {
    const tied = head.config.task !== 'masked-language' || head.config.tied === true;
    if (!tied) Object.assign(json, { tie_word_embeddings: false });
    for (const [name, tensor] of headTensors(head)) tensors.set(taskName(head.config.task, name), tensor);
  }
  return { config: json, tensors };
}

function architectureOf({ head }: LongformerModel): LongformerArchitecture {
  const found = Object.entries(ARCHITECTURE_TASKS).find(([, task]) => task === (head?.config.task ?? 'pooling'));
  return (found as [LongformerArchitecture, string])[0];
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
    hidden_act: ACTIVATION_NAMES[config.activation],
    layer_norm_eps: config.layerNormEps,
  };
}

function labelFields({ labels }: LongformerModel): Record<string, unknown> {
  if (labels.length === 0) return {};
  return {
    id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
  };
}

/** What the written configuration would be read as must be the model itself. */
function requireExpressible(config: ResolvedLongformerConfig, json: Readonly<Record<string, unknown>>): void {
  const expected = config.input === 'ids' && config.position === 'learned' ? readBack(json) : undefined;
  const fields = Object.keys(config) as (keyof ResolvedLongformerConfig)[];
  const wrong =
    expected === undefined
      ? config.input === 'ids'
        ? 'position'
        : 'input'
      : fields.find((field) => JSON.stringify(config[field]) !== JSON.stringify(expected[field]));
  if (wrong === undefined) return;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected a model that Hugging Face's Longformer can hold (ids, learned positions, post norm, symmetric windows without dilation, sinks or read-out, with global projections), got \`${wrong}\` ${show(config[wrong])}`,
  );
}

function readBack(json: Readonly<Record<string, unknown>>): ResolvedLongformerConfig | undefined {
  return resolveLongformerConfig(parseLongformerConfig(json).longformer);
}

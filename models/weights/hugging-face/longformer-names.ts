import type { TaskConfig } from '../../heads/task/index.ts';
import type { LongformerArchitecture } from './longformer-config.ts';

const LAYER_PARTS: Readonly<Record<string, string>> = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  'global.query': 'attention.self.query_global',
  'global.key': 'attention.self.key_global',
  'global.value': 'attention.self.value_global',
  attentionOutput: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  ffnIn: 'intermediate.dense',
  ffnOut: 'output.dense',
  ffnNorm: 'output.LayerNorm',
};

const EMBEDDING_NAMES: Readonly<Record<string, string>> = {
  'embedding.words': 'embeddings.word_embeddings.weight',
  'embedding.positions': 'embeddings.position_embeddings.weight',
  'embedding.types': 'embeddings.token_type_embeddings.weight',
  'outerNorm.weight': 'embeddings.LayerNorm.weight',
  'outerNorm.bias': 'embeddings.LayerNorm.bias',
};

const TASK_PARTS: Readonly<Record<TaskConfig['task'], Readonly<Record<string, string>>>> = {
  language: { output: 'lm_head.decoder' },
  pooling: { transform: 'pooler.dense' },
  'masked-language': { transform: 'lm_head.dense', norm: 'lm_head.layer_norm', output: 'lm_head.decoder' },
  'sequence-classification': { transform: 'classifier.dense', output: 'classifier.out_proj' },
  'token-classification': { output: 'classifier' },
  'question-answering': { output: 'qa_outputs' },
};

/** The head that each class of Hugging Face adds to the encoder. */
export const ARCHITECTURE_TASKS: Readonly<Record<LongformerArchitecture, Exclude<TaskConfig['task'], 'language'>>> = {
  LongformerModel: 'pooling',
  LongformerForMaskedLM: 'masked-language',
  LongformerForSequenceClassification: 'sequence-classification',
  LongformerForTokenClassification: 'token-classification',
  LongformerForQuestionAnswering: 'question-answering',
};

/** A parameter of the encoder (`layers.0.query.weight`) as Hugging Face names it, without the prefix of a head model. */
export function encoderName(parameter: string): string {
  const known = EMBEDDING_NAMES[parameter];
  if (known !== undefined) return known;
  const [, layer, part, end] = /^layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(parameter) ?? [];
  return `encoder.layer.${layer}.${LAYER_PARTS[part as string]}.${end}`;
}

/** A parameter of a head (`transform.weight`) as Hugging Face names it. */
export function taskName(task: TaskConfig['task'], parameter: string): string {
  if ((task === 'masked-language' || task === 'language') && parameter === 'output.bias') return 'lm_head.bias';
  const [part, end] = parameter.split('.') as [string, string];
  return `${TASK_PARTS[task][part]}.${end}`;
}

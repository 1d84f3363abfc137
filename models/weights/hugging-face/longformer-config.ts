import { requireInteger, requireNumber, requireOneOf, show } from '../../../core/index.ts';
import type { LongformerConfig } from '../../longformer/index.ts';
import { invalid, readActivation, readLabels, requireObject } from './config-fields.ts';

/** Longformer classes of Hugging Face that can be loaded. */
export const LONGFORMER_ARCHITECTURES = [
  'LongformerModel',
  'LongformerForMaskedLM',
  'LongformerForSequenceClassification',
  'LongformerForTokenClassification',
  'LongformerForQuestionAnswering',
] as const;

/** One of {@link LONGFORMER_ARCHITECTURES}. */
export type LongformerArchitecture = (typeof LONGFORMER_ARCHITECTURES)[number];

/** What a `config.json` of a Longformer says, checked. */
export interface HuggingFaceLongformerConfig {
  readonly architecture: LongformerArchitecture;
  /** For streams and sequences of ids. */
  readonly longformer: LongformerConfig;
  /** The decoder of the masked-language head is the table of words. */
  readonly tied: boolean;
  /** Id that parts question and text. */
  readonly sepId: number;
  /** Label names in the order of their ids; empty where the file has none. */
  readonly labels: readonly string[];
}

/**
 * Reads the fields of a Longformer's `config.json`. Fields that change no result in evaluation (dropout and the like)
 * are not looked at; a field that is absent has the default of the class.
 * @param architecture instead of the first of `architectures`
 * @throws ConfigError `CONFIG_INVALID`, naming the field as the file does
 */
export function parseLongformerConfig(
  json: unknown,
  architecture?: LongformerArchitecture,
): HuggingFaceLongformerConfig {
  const fields = requireObject(json);
  const modelType = fields.model_type ?? 'longformer';
  requireOneOf('model_type', modelType, ['longformer']);
  const layers = requireInteger('num_hidden_layers', fields.num_hidden_layers ?? 12, { min: 1, max: 256 });
  const hiddenSize = requireInteger('hidden_size', fields.hidden_size ?? 768, { min: 1, max: 8192 });
  const heads = requireInteger('num_attention_heads', fields.num_attention_heads ?? 12, { min: 1, max: 256 });
  if (hiddenSize % heads !== 0) {
    throw invalid(`Expected \`hidden_size\` to be a multiple of \`num_attention_heads\` (${heads}), got ${hiddenSize}`);
  }
  const vocabSize = requireInteger('vocab_size', fields.vocab_size ?? 30_522, { min: 1, max: 2 ** 24 });
  const padId = requireInteger('pad_token_id', fields.pad_token_id ?? 1, { min: 0, max: vocabSize - 1 });
  const positions = fields.max_position_embeddings ?? 512;
  const sides = oneSided(fields.attention_window ?? 512, layers);
  return {
    architecture: readArchitecture(fields.architectures, architecture),
    longformer: {
      inputSize: 1,
      input: 'ids',
      vocabSize,
      padId,
      typeVocabSize: requireInteger('type_vocab_size', fields.type_vocab_size ?? 2, { min: 1, max: 65_536 }),
      hiddenSize,
      numLayers: layers,
      numHeads: heads,
      ffnSize: requireInteger('intermediate_size', fields.intermediate_size ?? 3072, { min: 1, max: 65_536 }),
      window: sides.map((side) => side + 1),
      lookAhead: sides,
      globalProjections: true,
      norm: 'post',
      activation: readActivation(fields.hidden_act ?? 'gelu'),
      position: 'learned',
      maxPositions: requireInteger('max_position_embeddings', positions, { min: padId + 2, max: 2 ** 24 }),
      positionOffset: padId + 1,
      layerNormEps: requireNumber('layer_norm_eps', fields.layer_norm_eps ?? 1e-12, { min: 1e-12, max: 0.1 }),
    },
    tied: fields.tie_word_embeddings !== false,
    sepId: requireInteger('sep_token_id', fields.sep_token_id ?? 2, { min: 0, max: 2 ** 24 }),
    labels: readLabels(fields.id2label),
  };
}

/** `attention_window` counts both sides; one side is half of it. */
function oneSided(given: unknown, layers: number): number[] {
  const windows: unknown[] = Array.isArray(given) ? given : new Array(layers).fill(given);
  if (windows.length !== layers) {
    throw invalid(`Expected \`attention_window\` to be a number or ${layers} numbers, got ${show(given)}`);
  }
  return windows.map((window, layer) => {
    const size = requireInteger(`attention_window[${layer}]`, window, { min: 2, max: 2_097_150 });
    if (size % 2 !== 0) throw invalid(`Expected \`attention_window[${layer}]\` to be even, got ${size}`);
    return size / 2;
  });
}

function readArchitecture(given: unknown, chosen: LongformerArchitecture | undefined): LongformerArchitecture {
  if (chosen !== undefined) return requireOneOf('architecture', chosen, LONGFORMER_ARCHITECTURES);
  const first: unknown = Array.isArray(given) ? given[0] : given;
  return requireOneOf('architectures', first ?? 'LongformerModel', LONGFORMER_ARCHITECTURES);
}

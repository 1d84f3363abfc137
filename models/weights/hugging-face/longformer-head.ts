import { WeightsError } from '../../../core/index.ts';
import { type TaskConfig, taskParameters } from '../../heads/task/index.ts';
import type { ResolvedLongformerConfig } from '../../longformer/index.ts';
import type { WantedTensor } from '../take-tensors.ts';
import type { TensorSource } from '../tensor-source.ts';
import type { HuggingFaceLongformerConfig } from './longformer-config.ts';
import { ARCHITECTURE_TASKS, encoderName, taskName } from './longformer-names.ts';

/** The head that a file holds for a class, and where its tensors lie. */
export interface FoundHead {
  readonly config: TaskConfig;
  readonly nameOf: (parameter: string) => string;
  readonly wanted: readonly WantedTensor[];
  /** Tensors that may be stored again and must then equal another one. */
  readonly repeats: readonly { readonly name: string; readonly of: string }[];
}

/** Finds the head of a class; nothing for a bare model without its pooler. */
export function findHead(
  { architecture, tied }: HuggingFaceLongformerConfig,
  source: TensorSource,
  encoder: { readonly config: ResolvedLongformerConfig; readonly prefix: string },
): FoundHead | undefined {
  const task = ARCHITECTURE_TASKS[architecture];
  const { hiddenSize, layerNormEps, input } = encoder.config;
  const own = (parameter: string): string => `${task === 'pooling' ? encoder.prefix : ''}${taskName(task, parameter)}`;
  if (task === 'pooling' && !source.tensors.has(own('transform.weight'))) return undefined;
  const words = `${encoder.prefix}${encoderName('embedding.words')}`;
  const fromWords = task === 'masked-language' && (tied || !source.tensors.has(own('output.weight')));
  const nameOf = (parameter: string): string => {
    if (parameter === 'output.weight' && fromWords) return words;
    // The bias of the decoder is stored under either name, or both.
    const other = 'lm_head.decoder.bias';
    const isBias = task === 'masked-language' && parameter === 'output.bias';
    return isBias && !source.tensors.has(own(parameter)) && source.tensors.has(other) ? other : own(parameter);
  };
  const outputs = task === 'pooling' ? hiddenSize : (source.tensors.get(nameOf('output.weight'))?.shape[0] ?? 1);
  // A model of vectors holds no words, so its head keeps the table itself.
  const config: TaskConfig = { task, hiddenSize, outputs, layerNormEps, tied: fromWords && input === 'ids' };
  return {
    config,
    nameOf,
    wanted: taskParameters(config).map(({ name, shape }) => ({ name: nameOf(name), shape })),
    repeats:
      task === 'masked-language'
        ? [
            { name: 'lm_head.decoder.bias', of: nameOf('output.bias') },
            ...(fromWords ? [{ name: 'lm_head.decoder.weight', of: words }] : []),
          ]
        : [],
  };
}

/**
 * Checks what is stored twice: with other values there would be two models in one file.
 * @throws WeightsError `WEIGHTS_MISMATCH`
 */
export function requireRepeats(source: TensorSource, repeats: FoundHead['repeats']): void {
  for (const { name, of } of repeats) {
    if (name === of || !source.tensors.has(name)) continue;
    const expected = source.read(of);
    const stored = source.read(name);
    if (stored.length === expected.length && stored.every((value, i) => value === expected[i])) continue;
    throw new WeightsError(
      'WEIGHTS_MISMATCH',
      `Expected tensor ${name} to equal ${of}, which it is tied to unless \`tie_word_embeddings\` is false, got other values`,
    );
  }
}

/** Checks that the labels name the outputs of a classifier, where there are any. */
export function requireLabels(labels: readonly string[], head: TaskConfig | undefined): void {
  if (labels.length === 0 || head === undefined || !head.task.endsWith('classification')) return;
  if (labels.length === head.outputs) return;
  throw new WeightsError(
    'WEIGHTS_MISMATCH',
    `Expected \`id2label\` to name the ${head.outputs} outputs of the classifier, got ${labels.length} labels`,
  );
}

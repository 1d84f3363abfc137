import { ConfigError, show } from '../../../core/index.ts';
import type { StoredTensor } from '../model-tensors.ts';

/** A model as Hugging Face stores it. */
export interface HuggingFaceFiles {
  /** Content of `config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The fields of a `config.json` that name labels; none where there are none. */
export function labelFields(labels: readonly string[]): Record<string, unknown> {
  if (labels.length === 0) return {};
  return {
    id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
  };
}

/**
 * Checks that what was written is read as the model itself.
 * @param rule.read the configuration as it is read back
 * @param rule.model whose model it should be and what such models have, in words
 * @throws ConfigError `CONFIG_INVALID`, naming the first field that differs
 */
export function requireSameFields<C extends object>(
  config: C,
  rule: { readonly read: C; readonly model: string },
): void {
  const fields = Object.keys({ ...rule.read, ...config }) as (keyof C & string)[];
  const wrong = fields.find((field) => JSON.stringify(config[field]) !== JSON.stringify(rule.read[field]));
  if (wrong !== undefined) throw inexpressible(rule.model, wrong, config[wrong]);
}

/** A field that Hugging Face cannot hold. */
export function inexpressible(model: string, field: string, value: unknown): ConfigError {
  return new ConfigError(
    'CONFIG_INVALID',
    `Expected a model that Hugging Face's ${model}, got \`${field}\` ${show(value)}`,
  );
}

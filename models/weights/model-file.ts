import { ConfigError, show, WeightsError } from '../../core/index.ts';
import {
  buildTaskWeights,
  createTaskHead,
  requireTaskConfig,
  type TaskConfig,
  type TaskHead,
  taskParameters,
} from '../heads/task/index.ts';
import {
  buildLongformerWeights,
  createLongformer,
  type LongformerConfig,
  longformerParameters,
  longformerTensors,
  resolveLongformerConfig,
} from '../longformer/index.ts';
import type { LongformerModel } from './encoder-model.ts';
import { applyOverrides, isPinned, type LongformerOverrides } from './overrides.ts';
import type { Safetensors } from './safetensors/index.ts';
import { requireTensors, takeTensor } from './take-tensors.ts';

/** Metadata key that marks the single-file form; its value is the version. */
const MARK = 'longwave';
const VERSION = '1';

/** A tensor to be written. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Everything that goes into a weights file. */
export interface StoredModel {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * A model in the single-file form: tensors `encoder.…` and `head.…` by parameter name, and in the metadata `longwave`
 * (version of the form), `config` and, where there is one, `head`, `labels` and `origin`, as JSON.
 */
export function toModelFile(model: LongformerModel): StoredModel {
  const { encoder, head, labels, origin } = model;
  const metadata = new Map([
    [MARK, VERSION],
    ['config', JSON.stringify(encoder.config)],
  ]);
  const tensors = new Map<string, StoredTensor>();
  const arrays = longformerTensors(encoder.config, encoder.weights);
  for (const { name, shape } of longformerParameters(encoder.config)) {
    tensors.set(`encoder.${name}`, { shape, values: arrays.get(name) as Float32Array });
  }
  if (head !== undefined) {
    metadata.set('head', JSON.stringify(head.config));
    for (const [name, tensor] of headTensors(head)) tensors.set(`head.${name}`, tensor);
  }
  if (labels.length > 0) metadata.set('labels', JSON.stringify(labels));
  if (origin !== undefined) metadata.set('origin', JSON.stringify(origin));
  return { metadata, tensors };
}

/**
 * Makes a model from a file in the single-file form.
 * @param overrides changes to what a token sees
 * @throws WeightsError `WEIGHTS_UNSUPPORTED` when the file has another form or version, `WEIGHTS_MISMATCH`,
 *   `WEIGHTS_NOT_FINITE`; ConfigError `CONFIG_INVALID`
 */
export function fromModelFile(file: Safetensors, overrides: LongformerOverrides = {}): LongformerModel {
  const version = file.metadata.get(MARK);
  if (version !== VERSION) {
    throw new WeightsError(
      'WEIGHTS_UNSUPPORTED',
      `Expected the metadata of the file to say ${MARK} ${VERSION}, got ${version === undefined ? 'none; a Hugging Face model is read from its directory' : show(version)}`,
    );
  }
  const config = resolveLongformerConfig(applyOverrides(readJson(file, 'config') as LongformerConfig, overrides));
  const headConfig = file.metadata.has('head') ? requireTaskConfig(readJson(file, 'head') as TaskConfig) : undefined;
  const wanted = longformerParameters(config).map(({ name, shape }) => ({ name: `encoder.${name}`, shape }));
  if (headConfig !== undefined) {
    wanted.push(...taskParameters(headConfig).map(({ name, shape }) => ({ name: `head.${name}`, shape })));
  }
  requireTensors(file, wanted, {
    model: 'the configuration in the file',
    ignore: (name) => isPinned(overrides) && /^encoder\.layers\.\d+\.global\./.test(name),
  });
  const encoder = createLongformer(config, {
    weights: buildLongformerWeights(config, (name) => takeTensor(file, `encoder.${name}`)),
  });
  const labels = file.metadata.has('labels') ? readLabels(file) : [];
  const origin = file.metadata.has('origin') ? { origin: readJson(file, 'origin') as Record<string, unknown> } : {};
  if (headConfig === undefined) return { encoder, labels, ...origin };
  const { words } = encoder.weights.embedding;
  if (
    headConfig.hiddenSize !== config.hiddenSize ||
    (headConfig.tied === true && headConfig.outputs !== config.vocabSize)
  ) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`head\` in the file to fit its encoder of width ${config.hiddenSize}, got ${show(headConfig)}`,
    );
  }
  const weights = buildTaskWeights(headConfig, (name) => takeTensor(file, `head.${name}`), words);
  return { encoder, head: createTaskHead(headConfig, weights), labels, ...origin };
}

/** The head's own tensors by parameter name. */
export function headTensors(head: TaskHead): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape } of taskParameters(head.config)) {
    const [part, end] = name.split('.') as ['transform' | 'norm' | 'output', 'weight' | 'bias'];
    tensors.set(name, { shape, values: (head.weights[part] as { weight: Float32Array; bias: Float32Array })[end] });
  }
  return tensors;
}

function readLabels(file: Safetensors): string[] {
  const labels = readJson(file, 'labels');
  if (Array.isArray(labels) && labels.every((label) => typeof label === 'string')) return labels;
  throw malformed('labels', 'a list of names', labels);
}

/** JSON of one metadata key, an object or list. */
function readJson(file: Safetensors, key: string): object {
  let value: unknown;
  try {
    value = JSON.parse(file.metadata.get(key) ?? '');
  } catch (cause) {
    throw new WeightsError('WEIGHTS_MALFORMED', `Expected \`${key}\` in the metadata of the file to be JSON`, {
      cause,
    });
  }
  if (typeof value !== 'object' || value === null) throw malformed(key, 'an object', value);
  return value;
}

function malformed(key: string, expected: string, value: unknown): WeightsError {
  return new WeightsError(
    'WEIGHTS_MALFORMED',
    `Expected \`${key}\` in the metadata of the file to be ${expected}, got ${show(value)}`,
  );
}

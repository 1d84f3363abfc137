import { ConfigError, show, WeightsError } from '../../core/index.ts';
import {
  buildTaskWeights,
  createTaskHead,
  requireTaskConfig,
  type TaskConfig,
  taskParameters,
} from '../heads/task/index.ts';
import type { EngineOptions } from '../kernels/index.ts';
import type { EncoderModel } from './encoder-model.ts';
import { requireLabels } from './hugging-face/longformer-head.ts';
import { encoderTensors, headTensors, type StoredTensor } from './model-tensors.ts';
import { type ModelOverrides, requireOverrides } from './overrides.ts';
import type { Safetensors } from './safetensors/index.ts';
import { FAMILIES, type Family, storedEncoder } from './stored-encoder.ts';
import { requireTensors, takeTensor } from './take-tensors.ts';

/** Metadata key that marks the single-file form; its value is the version. */
const MARK = 'longwave';
const VERSION = '1';

/** Everything that goes into a weights file. */
export interface StoredModel {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * A model in the single-file form: tensors `encoder.…` and `head.…` by parameter name, and in the metadata `longwave`
 * (version of the form), `family`, `config` and, where there is one, `head`, `labels` and `origin`, the latter four as JSON.
 */
export function toModelFile({ encoder, head, labels, origin }: EncoderModel): StoredModel {
  const metadata = new Map<string, string>([
    [MARK, VERSION],
    ['family', encoder.family],
    ['config', JSON.stringify(encoder.config)],
  ]);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, tensor] of encoderTensors(encoder)) tensors.set(`encoder.${name}`, tensor);
  if (head !== undefined) {
    metadata.set('head', JSON.stringify(head.config));
    for (const [name, tensor] of headTensors(head)) tensors.set(`head.${name}`, tensor);
  }
  if (labels.length > 0) metadata.set('labels', JSON.stringify(labels));
  if (origin !== undefined) metadata.set('origin', JSON.stringify(origin));
  return { metadata, tensors };
}

/**
 * Makes a model from a file in the single-file form; one that names no family is a Longformer.
 * @param overrides changes to what a token sees, of the model's family
 * @param engine what its streams are computed with
 * @throws WeightsError `WEIGHTS_UNSUPPORTED` when the file has another form, version or family, `WEIGHTS_MALFORMED`,
 *   `WEIGHTS_MISMATCH`, `WEIGHTS_NOT_FINITE`; ConfigError `CONFIG_INVALID`
 */
export function fromModelFile(
  file: Safetensors,
  overrides: ModelOverrides = {},
  engine: EngineOptions = {},
): EncoderModel {
  requireVersion(file);
  const family = familyOf(file);
  requireOverrides(family, overrides);
  const stored = storedEncoder(family, readJson(file, 'config'), overrides);
  const headConfig = file.metadata.has('head') ? requireTaskConfig(readJson(file, 'head') as TaskConfig) : undefined;
  const wanted = stored.parameters.map(({ name, shape }) => ({ name: `encoder.${name}`, shape }));
  if (headConfig !== undefined) {
    wanted.push(...taskParameters(headConfig).map(({ name, shape }) => ({ name: `head.${name}`, shape })));
  }
  requireTensors(file, wanted, { model: 'the configuration in the file', ignore: () => false });
  const encoder = stored.make((name) => takeTensor(file, `encoder.${name}`), engine);
  const labels = file.metadata.has('labels') ? readLabels(file) : [];
  const origin = file.metadata.has('origin') ? { origin: readJson(file, 'origin') as Record<string, unknown> } : {};
  if (headConfig === undefined) return { encoder, labels, ...origin };
  requireHeadFits(headConfig, encoder);
  requireLabels(labels, headConfig);
  const { words } = encoder.weights.embedding;
  const weights = buildTaskWeights(headConfig, (name) => takeTensor(file, `head.${name}`), words);
  return { encoder, head: createTaskHead(headConfig, weights), labels, ...origin };
}

function requireVersion({ metadata }: Safetensors): void {
  const version = metadata.get(MARK);
  if (version === VERSION) return;
  throw new WeightsError(
    'WEIGHTS_UNSUPPORTED',
    `Expected the metadata of the file to say ${MARK} ${VERSION}, got ${version === undefined ? 'none; a Hugging Face model is read from its directory' : show(version)}`,
  );
}

function familyOf({ metadata }: Safetensors): Family {
  const named = metadata.get('family') ?? 'longformer';
  const family = FAMILIES.find((known) => known === named);
  if (family !== undefined) return family;
  throw new WeightsError(
    'WEIGHTS_UNSUPPORTED',
    `Expected \`family\` in the metadata of the file to be one of ${FAMILIES.join(', ')}, got ${show(named)}`,
  );
}

function requireHeadFits(head: TaskConfig, { config, outputSize }: EncoderModel['encoder']): void {
  const isFitting = head.hiddenSize === config.hiddenSize && (head.inputSize ?? head.hiddenSize) === outputSize;
  if (isFitting && (head.tied !== true || head.outputs === config.vocabSize)) return;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected \`head\` in the file to fit its encoder of width ${config.hiddenSize} and encodings of ${outputSize}, got ${show(head)}`,
  );
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

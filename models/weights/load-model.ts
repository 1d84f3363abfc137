import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, requireOneOf, WeightsError } from '../../core/index.ts';
import type { EncoderModel } from './encoder-model.ts';
import {
  longformerFromHuggingFace,
  parseReformerConfig,
  type ReformerArchitecture,
  reformerFromHuggingFace,
} from './hugging-face/index.ts';
import { fileOverrides, type LoadModelOptions, longformerOptions, reformerOptions } from './load-options.ts';
import { fromModelFile } from './model-file.ts';
import { readSafetensorsFile, readShardedSafetensors, type Safetensors } from './safetensors/index.ts';
import { FAMILIES, type Family } from './stored-encoder.ts';

/** A configuration is text that people read. */
const MAX_CONFIG_BYTES = 4_194_304;

/**
 * Loads a model: a file in the single-file form, or a directory as `save_pretrained` writes it (`config.json` beside
 * `model.safetensors`, or beside `model.safetensors.index.json` and its shards), whose `model_type` is longformer or
 * reformer. Memory is the size of the files.
 * @throws WeightsError; ConfigError `CONFIG_INVALID`, `CONFIG_UNREADABLE`
 * @example
 * const { encoder, head } = await loadModel('./longformer-base-4096');
 * const stream = encoder.open();
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<EncoderModel> {
  if (!isDirectory(path)) {
    const overrides = fileOverrides(options);
    return fromModelFile(await readSafetensorsFile(path), overrides, options);
  }
  const json = await readConfig(join(path, 'config.json'));
  const tensors = await readModelTensors(path);
  if (familyOf(json) === 'longformer') return longformerFromHuggingFace(json, tensors, longformerOptions(options));
  const { reformer } = parseReformerConfig(json, options.architecture as ReformerArchitecture | undefined);
  return reformerFromHuggingFace(json, tensors, reformerOptions(options, reformer));
}

/** A configuration without `model_type` is a Longformer's. */
function familyOf(json: unknown): Family {
  const named = typeof json === 'object' && json !== null && 'model_type' in json ? json.model_type : undefined;
  return requireOneOf('model_type', named ?? 'longformer', FAMILIES);
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new WeightsError('WEIGHTS_UNREADABLE', `Expected a model file or directory at ${path}, got none`, { cause });
  }
}

/**
 * Reads the tensors of a model's directory: `model.safetensors`, or the shards of `model.safetensors.index.json`.
 * @throws WeightsError
 */
export function readModelTensors(directory: string): Promise<Safetensors> {
  const single = join(directory, 'model.safetensors');
  if (existsSync(single)) return readSafetensorsFile(single);
  const index = join(directory, 'model.safetensors.index.json');
  if (existsSync(index)) return readShardedSafetensors(index);
  const pickled = existsSync(join(directory, 'pytorch_model.bin'))
    ? '; pytorch_model.bin is not read, save it as safetensors'
    : '';
  throw new WeightsError(
    'WEIGHTS_UNREADABLE',
    `Expected model.safetensors or model.safetensors.index.json in ${directory}, got neither${pickled}`,
  );
}

async function readConfig(path: string): Promise<unknown> {
  try {
    const { size } = statSync(path);
    if (size > MAX_CONFIG_BYTES) {
      throw new ConfigError(
        'CONFIG_UNREADABLE',
        `Expected ${path} to have at most ${MAX_CONFIG_BYTES} bytes, got ${size}`,
      );
    }
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError('CONFIG_UNREADABLE', `Expected a JSON file at ${path}, got ${(cause as Error).message}`, {
      cause,
    });
  }
}

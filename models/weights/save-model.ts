import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WeightsError } from '../../core/index.ts';
import type { EncoderModel } from './encoder-model.ts';
import { toHuggingFace } from './hugging-face/index.ts';
import { toModelFile } from './model-file.ts';
import { saveSafetensors } from './safetensors/index.ts';
import { replaceFile } from './safetensors/save-file.ts';

/** How weights are stored. */
export interface SaveModelOptions {
  /** `F16` and `BF16` round the values. Default `F32`. */
  readonly dtype?: 'F32' | 'F16' | 'BF16';
}

const TORCH_DTYPES = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;

/**
 * Saves a model in the single-file form: weights, and the configuration in the metadata.
 * @throws WeightsError `WEIGHTS_UNREADABLE` when it cannot be written
 */
export async function saveModelFile(path: string, model: EncoderModel, options: SaveModelOptions = {}): Promise<void> {
  const { metadata, tensors } = toModelFile(model);
  await saveSafetensors(path, tensors, { metadata, dtype: options.dtype ?? 'F32' });
}

/**
 * Saves a model as Hugging Face's `save_pretrained` does: `config.json` and `model.safetensors` in a directory, which is
 * made when it is not there; its own directory must be.
 * @throws WeightsError `WEIGHTS_UNREADABLE` when it cannot be written; ConfigError `CONFIG_INVALID` for a model that
 *   Hugging Face cannot hold, see {@link toHuggingFace}
 */
export async function saveHuggingFace(
  directory: string,
  model: EncoderModel,
  options: SaveModelOptions = {},
): Promise<void> {
  const { config, tensors } = toHuggingFace(model);
  const dtype = options.dtype ?? 'F32';
  await makeDirectory(directory);
  const metadata = new Map([['format', 'pt']]);
  await saveSafetensors(join(directory, 'model.safetensors'), tensors, { metadata, dtype });
  // Older files name the type `torch_dtype`.
  const named = 'torch_dtype' in config ? { torch_dtype: TORCH_DTYPES[dtype] } : { dtype: TORCH_DTYPES[dtype] };
  const json = JSON.stringify({ ...config, ...named }, null, 2);
  await replaceFile(join(directory, 'config.json'), new TextEncoder().encode(`${json}\n`));
}

/** Makes a directory inside one that exists. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new WeightsError('WEIGHTS_UNREADABLE', `Expected to write the directory ${path}, got ${cause}`, { cause });
  }
}

import { readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AbortError, ConfigError, ConnectorError, LongwaveError, WeightsError } from '../../core/index.ts';
import { type EncoderModel, type LshConfig, loadModel, saveHuggingFace, saveModelFile } from '../../models/index.ts';
import { type LargestChange, largestChange } from './largest-change.ts';
import { leftBehind } from './left-behind.ts';

/** Options of {@link convertModel}. */
export interface ConvertOptions {
  readonly dtype: 'F32' | 'F16' | 'BF16';
  /** Replace what stands at the output. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  /** Changes to a Reformer that is read. */
  readonly overrides: { readonly lsh?: Partial<LshConfig> };
}

/** What {@link convertModel} read and wrote. */
export interface Conversion {
  readonly model: EncoderModel;
  /** The output, read again. */
  readonly written: EncoderModel;
  readonly bytes: number;
  readonly change: LargestChange;
  /** What the output has no place for, in words. */
  readonly leftBehind: readonly string[];
}

/**
 * Writes a directory of Hugging Face as a file in the single-file form, or such a file as a directory. The output is
 * written beside its place, read again and compared, and only then put there. Memory: about four times the weights.
 * @throws ConfigError when the output exists or is of the wrong kind, or Hugging Face cannot hold the model;
 *   WeightsError from the input, or for a weight that overflows the dtype; ConnectorError `SINK_FAILED`; AbortError
 */
export async function convertModel(input: string, output: string, options: ConvertOptions): Promise<Conversion> {
  const kind = await kindOf(input);
  if (kind === 'none') {
    throw new WeightsError('WEIGHTS_UNREADABLE', `Expected a model file or directory at ${input}, got none`);
  }
  const toDirectory = kind === 'file';
  // Without the slash at its end, so that what is beside it is not inside it.
  const place = resolve(output);
  await requirePlace(place, { toDirectory, force: options.force });
  const model = await loadModel(input, { overrides: options.overrides });
  requireGoing(options.signal);
  const beside = `${place}.${process.pid}.partial`;
  try {
    await writing(output, () =>
      (toDirectory ? saveHuggingFace : saveModelFile)(beside, model, { dtype: options.dtype }),
    );
    requireGoing(options.signal);
    const left = toDirectory ? leftBehind(model) : { names: [], options: {} };
    const written = await loadModel(beside, left.options);
    const change = largestChange(model, written);
    if (options.dtype === 'F32') requireSame(model, written, change);
    const bytes = await sizeOf(beside, toDirectory);
    requireGoing(options.signal);
    await writing(output, () => (toDirectory ? placeDirectory(beside, place) : rename(beside, place)));
    return { model, written, bytes, change, leftBehind: left.names };
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

type Kind = 'file' | 'directory' | 'none';

async function kindOf(path: string): Promise<Kind> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? 'none' : found.isDirectory() ? 'directory' : 'file';
}

async function requirePlace(place: string, rule: { toDirectory: boolean; force: boolean }): Promise<void> {
  if (rule.toDirectory === place.endsWith('.safetensors')) {
    const wanted = rule.toDirectory
      ? 'a directory, because IN is a file'
      : 'a .safetensors file, because IN is a directory';
    throw new ConfigError('CONFIG_INVALID', `Expected \`OUT\` to be ${wanted}, got ${place}`);
  }
  if ((await kindOf(dirname(place))) !== 'directory') {
    throw new ConnectorError('SINK_FAILED', `Expected to write in the directory ${dirname(place)}, got none there`);
  }
  const kind = await kindOf(place);
  if (kind === 'none') return;
  const right = rule.toDirectory ? 'directory' : 'file';
  if (rule.force && kind === right) return;
  const hint = kind === right ? '; --force replaces it' : '';
  throw new ConfigError('CONFIG_INVALID', `Expected \`OUT\` to be a new path, got the ${kind} ${place}${hint}`);
}

/** In a directory that stands already other files stay. While its two are exchanged it has no configuration to be read by. */
async function placeDirectory(beside: string, place: string): Promise<void> {
  if ((await kindOf(place)) === 'none') return rename(beside, place);
  await rm(join(place, 'config.json'), { force: true });
  for (const name of ['model.safetensors', 'config.json']) await rename(join(beside, name), join(place, name));
}

async function sizeOf(path: string, isDirectory: boolean): Promise<number> {
  const paths = isDirectory ? (await readdir(path)).map((name) => join(path, name)) : [path];
  const sizes = await Promise.all(paths.map(async (one) => (await stat(one)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** float32 must come back as it went. */
function requireSame(model: EncoderModel, written: EncoderModel, change: LargestChange): void {
  const [before, after] = [model.encoder.modelHash, written.encoder.modelHash];
  if (before === after && change.change === 0) return;
  throw new WeightsError(
    'WEIGHTS_MISMATCH',
    `Expected the written model to be the one that was read (${before}), got ${after} and a change of ${change.change} in ${change.tensor}`,
  );
}

function requireGoing(signal: AbortSignal): void {
  if (signal.aborted) throw new AbortError('ABORTED', 'Expected to convert the model, it was stopped');
}

/** A fault of the file system while writing is no fault of the weights. */
async function writing(output: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (cause) {
    const ours = cause instanceof LongwaveError && cause.code !== 'WEIGHTS_UNREADABLE';
    if (ours) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectorError('SINK_FAILED', `Expected to write ${output}: ${message}`, { cause });
  }
}

import { stat } from 'node:fs/promises';
import { show, WeightsError } from '../../core/index.ts';
import { type LongformerConfig, readSafetensorsHeader } from '../../models/index.ts';

/** What a model takes, as far as a look at its file tells: enough to choose the front; a worker reads and checks the rest. */
export interface ModelInput {
  readonly input: 'linear' | 'direct' | 'ids';
  /** A directory of Hugging Face, whose rows of ids have as many columns as the caller wants: 1 to 3. */
  readonly isDirectory: boolean;
}

const INPUTS: readonly unknown[] = ['linear', 'direct', 'ids'];

/**
 * Looks at the model at a path: the header of a file, or that it is a directory.
 * @throws WeightsError `WEIGHTS_UNREADABLE`, `WEIGHTS_MALFORMED`, `WEIGHTS_UNSUPPORTED` for a file in another form
 */
export async function readModelInput(path: string): Promise<ModelInput> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new WeightsError('WEIGHTS_UNREADABLE', `Expected a model file or directory at ${path}, got none`, { cause });
  });
  if (found.isDirectory()) return { input: 'ids', isDirectory: true };
  const { metadata } = await readSafetensorsHeader(path);
  const input = inputOf(metadata.get('config'));
  if (INPUTS.includes(input)) return { input: input as ModelInput['input'], isDirectory: false };
  throw new WeightsError(
    'WEIGHTS_UNSUPPORTED',
    `Expected the metadata of ${path} to hold the configuration of a Longwave model, got input ${show(input)}; a Hugging Face model is read from its directory`,
  );
}

/** `undefined` where the text is no configuration. */
function inputOf(config: string | undefined): unknown {
  if (config === undefined) return undefined;
  try {
    const fields: Partial<LongformerConfig> | null = JSON.parse(config);
    return fields?.input;
  } catch (cause) {
    throw new WeightsError('WEIGHTS_MALFORMED', 'Expected `config` in the metadata of the file to be JSON', { cause });
  }
}

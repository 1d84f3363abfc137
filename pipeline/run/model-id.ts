import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WeightsError } from '../../core/index.ts';
import { stateIdentity } from '../streams/state-identity.ts';
import type { ModelSpec } from '../workers/model-spec.ts';

const LENGTH = 16;

/**
 * Names a model with all that its findings depend on: its settings and, where it is stored, the bytes of its files. 16 hex
 * digits; the same on every machine, wherever the files lie.
 * @throws WeightsError `WEIGHTS_UNREADABLE`
 */
export async function modelId(spec: ModelSpec): Promise<string> {
  const hash = createHash('sha256').update(stateIdentity(spec).modelHash);
  const path = spec.encoder !== undefined && 'model' in spec.encoder ? spec.encoder.model : undefined;
  if (path !== undefined) {
    try {
      for (const file of await filesAt(path)) for await (const bytes of createReadStream(file)) hash.update(bytes);
    } catch (cause) {
      throw new WeightsError('WEIGHTS_UNREADABLE', `Expected to read the model at ${path}, got: ${cause}`, { cause });
    }
  }
  return hash.digest('hex').slice(0, LENGTH);
}

async function filesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(path, name))
    .sort();
}

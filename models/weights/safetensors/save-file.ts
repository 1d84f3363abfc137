import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WeightsError } from '../../../core/index.ts';
import type { TensorData } from './encode.ts';
import { type WriteSafetensorsOptions, writeSafetensors } from './write.ts';

/**
 * Writes tensors to a safetensors file, as {@link writeSafetensors} does. The file is written beside its place, flushed
 * to the disk and then moved there, so that the place holds the old file or the whole new one at any time.
 * @throws WeightsError `WEIGHTS_UNREADABLE` with the fault of the system as its cause, and as writeSafetensors.
 * @throws ConfigError `CONFIG_INVALID` for a dtype that cannot be written.
 */
export async function saveSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorData>,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  await replaceFile(path, writeSafetensors(tensors, options));
}

/**
 * Puts bytes in the place of a file, whole or not at all.
 * @throws WeightsError `WEIGHTS_UNREADABLE`.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${process.pid}.partial`;
  try {
    const file = await open(beside, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new WeightsError('WEIGHTS_UNREADABLE', `Expected to write ${path}, got ${cause}`, { cause });
  }
}

/** Makes the move itself last. Systems that cannot open a folder need no such step. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  if (folder === undefined) return;
  try {
    await folder.sync().catch(() => undefined);
  } finally {
    await folder.close();
  }
}

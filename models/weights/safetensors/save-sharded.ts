import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { requireInteger, WeightsError } from '../../../core/index.ts';
import { DTYPE_BYTES } from './dtype.ts';
import type { TensorData } from './encode.ts';
import { byName, type PlannedTensor, planTensors } from './plan.ts';
import { replaceFile } from './save-file.ts';
import { type WriteSafetensorsOptions, writePlanned } from './write.ts';

/** Options of {@link saveShardedSafetensors}. */
export interface SaveShardedOptions extends WriteSafetensorsOptions {
  /** Most bytes of data in one shard, 1 or more. A larger tensor has a shard of its own. */
  readonly maxShardBytes: number;
}

/**
 * Writes tensors, by name, to `model-00001-of-00002.safetensors` and so on in a folder that exists, with the index
 * `model.safetensors.index.json`, and returns the path of the index. An older index is removed first and the new one
 * written last, so that an index never stands beside shards of two models.
 * @throws WeightsError as `saveSafetensors`.
 * @throws ConfigError `CONFIG_INVALID` for a dtype that cannot be written or a `maxShardBytes` below 1.
 */
export async function saveShardedSafetensors(
  folder: string,
  tensors: ReadonlyMap<string, TensorData>,
  options: SaveShardedOptions,
): Promise<string> {
  requireInteger('maxShardBytes', options.maxShardBytes, { min: 1, max: Number.MAX_SAFE_INTEGER });
  const planned = [...planTensors(tensors, options.dtype)].sort(byName);
  const shards = splitShards(planned, options.maxShardBytes);
  const indexPath = join(folder, 'model.safetensors.index.json');
  await removeFile(indexPath);
  for (const [i, shard] of shards.entries()) {
    const inOrder = [...shard].sort((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || byName(a, b));
    await replaceFile(join(folder, shardName(i, shards.length)), writePlanned(inOrder, options.metadata));
  }
  await replaceFile(indexPath, indexBytes(shards));
  return indexPath;
}

/** Fills shards in the order of the tensors. */
function splitShards(tensors: readonly PlannedTensor[], maxShardBytes: number): PlannedTensor[][] {
  const shards: PlannedTensor[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    if (shards.length === 0 || tensor.bytes > room) {
      shards.push([]);
      room = maxShardBytes;
    }
    shards.at(-1)!.push(tensor);
    room -= tensor.bytes;
  }
  return shards;
}

function shardName(i: number, count: number): string {
  const padded = (value: number): string => String(value).padStart(5, '0');
  return `model-${padded(i + 1)}-of-${padded(count)}.safetensors`;
}

function indexBytes(shards: readonly PlannedTensor[][]): Uint8Array {
  const totalBytes = shards.flat().reduce((sum, { bytes }) => sum + bytes, 0);
  const entries = shards.flatMap((shard, i) =>
    shard.map(({ name }) => `    ${JSON.stringify(name)}: "${shardName(i, shards.length)}"`),
  );
  const map = entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n  }`;
  return new TextEncoder().encode(
    `{\n  "metadata": {\n    "total_size": ${totalBytes}\n  },\n  "weight_map": ${map}\n}\n`,
  );
}

async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (cause) {
    throw new WeightsError('WEIGHTS_UNREADABLE', `Expected to replace ${path}, got ${cause}`, { cause });
  }
}

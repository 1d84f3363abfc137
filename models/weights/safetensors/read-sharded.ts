import { dirname, join } from 'node:path';
import { WeightsError } from '../../../core/index.ts';
import { quoteSome, withSource } from './faults.ts';
import { MAX_HEADER_BYTES } from './header.ts';
import { readSafetensorsFile, readSafetensorsHeader, readSmallFile } from './read-file.ts';
import { requireTensor, type Safetensors } from './safetensors.ts';
import { parseShardIndex } from './shard-index.ts';
import type { Header, TensorInfo } from './tensor-info.ts';

const NO_METADATA: ReadonlyMap<string, string> = new Map();

/**
 * Reads a model in several files through its index, e.g. `model.safetensors.index.json`, as one. All headers are
 * checked against the index before the data of the first shard is read; memory is the size of the shards together.
 * Offsets count within the shard of their tensor. The metadata are the entries on which all shards agree.
 * @throws WeightsError `WEIGHTS_MISMATCH` with every missing, misplaced or unexpected tensor, and as
 * {@link readSafetensorsFile} for the index and each shard.
 */
export async function readShardedSafetensors(indexPath: string): Promise<Safetensors> {
  const bytes = await readSmallFile(indexPath, MAX_HEADER_BYTES);
  const weightMap = withSource(indexPath, () => parseShardIndex(bytes));
  const files = [...new Set(weightMap.values())].sort();
  const pathOf = (file: string): string => join(dirname(indexPath), file);

  const headers = new Map<string, Header>();
  for (const file of files) headers.set(file, await readSafetensorsHeader(pathOf(file)));
  withSource(indexPath, () => checkShards(weightMap, headers));

  const shards = new Map<string, Safetensors>();
  for (const file of files) shards.set(file, await readSafetensorsFile(pathOf(file)));
  // Once more, because a shard may have been replaced in between.
  const tensors = withSource(indexPath, () => checkShards(weightMap, shards));

  const shardOf = (name: string): Safetensors => {
    withSource(indexPath, () => requireTensor({ metadata: NO_METADATA, tensors }, name));
    return shards.get(weightMap.get(name)!)!;
  };
  return {
    metadata: commonMetadata([...shards.values()]),
    tensors,
    read: (name) => shardOf(name).read(name),
    readFloat64: (name) => shardOf(name).readFloat64(name),
    readInt8: (name) => shardOf(name).readInt8(name),
    readIntegers: (name) => shardOf(name).readIntegers(name),
  };
}

/** Checks that the shards hold exactly what the index says and returns all tensors in the order of the index. */
function checkShards(
  weightMap: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, Header>,
): ReadonlyMap<string, TensorInfo> {
  const tensors = new Map<string, TensorInfo>();
  const missing: string[] = [];
  for (const [name, file] of weightMap) {
    const info = shards.get(file)!.tensors.get(name);
    if (info === undefined) missing.push(`${name} in ${file}`);
    else tensors.set(name, info);
  }
  const unexpected: string[] = [];
  for (const [file, { tensors: inShard }] of shards) {
    for (const name of inShard.keys()) if (weightMap.get(name) !== file) unexpected.push(`${name} in ${file}`);
  }
  if (missing.length > 0 || unexpected.length > 0) {
    throw new WeightsError(
      'WEIGHTS_MISMATCH',
      `Expected the shards to hold the tensors of \`weight_map\`, got missing: ${quoteSome(missing)}; unexpected: ${quoteSome(unexpected)}`,
    );
  }
  return tensors;
}

function commonMetadata(shards: readonly Header[]): ReadonlyMap<string, string> {
  const [first, ...others] = shards;
  const shared = [...(first?.metadata ?? NO_METADATA)].filter(([key, value]) =>
    others.every(({ metadata }) => metadata.get(key) === value),
  );
  return new Map(shared);
}

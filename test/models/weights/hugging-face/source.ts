import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSafetensors, type TensorSource } from '../../../../models/index.ts';

/** A directory of the small collection. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../../fixtures/hf/${name}`, import.meta.url));
}

/** Configuration and tensors of a checkpoint, by default the masked-language one, to be changed. */
export function checkpoint(name = 'longformer-checkpoint'): {
  config: Record<string, unknown>;
  tensors: Map<string, TensorInMemory>;
} {
  const directory = fixture(name);
  const file = parseSafetensors(readFileSync(`${directory}/model.safetensors`));
  const tensors = new Map(
    [...file.tensors].map(([name, { shape }]) => [name, { shape, values: file.read(name).slice() }]),
  );
  return { config: JSON.parse(readFileSync(`${directory}/config.json`, 'utf8')), tensors };
}

/** A tensor in memory. */
export interface TensorInMemory {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Tensors in memory as a file gives them. */
export function sourceOf(tensors: ReadonlyMap<string, TensorInMemory>): TensorSource {
  return { tensors, read: (name) => (tensors.get(name) as TensorInMemory).values };
}

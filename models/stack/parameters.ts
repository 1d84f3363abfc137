import { ConfigError, ShapeError } from '../../core/index.ts';

/** One parameter array of an encoder: its name, the path to it in the weights (`layers.0.query.weight`), and its shape. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Numbers of an array of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Parameters that seeded weights may have: 8 GiB of them. */
const MAX_SEEDED = 2 ** 31;

/**
 * Checks that weights made from nothing fit in memory; weights of a file are as large as the file.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function requireSeedable(parameters: readonly Parameter[]): void {
  const count = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (count <= MAX_SEEDED) return;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected a configuration of at most ${MAX_SEEDED} parameters where the weights come from a seed, got ${count}`,
  );
}

/**
 * The arrays of `weights` by parameter name, in the order of `parameters`.
 * @throws ShapeError `SHAPE_MISMATCH`, naming the parameter, when an array is absent or has the wrong length
 */
export function tensorsByName(parameters: readonly Parameter[], weights: object): Map<string, Float32Array> {
  const tensors = new Map<string, Float32Array>();
  for (const { name, shape } of parameters) {
    const found = name
      .split('.')
      .reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], weights);
    if (!(found instanceof Float32Array) || found.length !== sizeOf(shape)) {
      const got = found instanceof Float32Array ? `${found.length} numbers` : typeof found;
      throw new ShapeError(
        'SHAPE_MISMATCH',
        `Expected \`${name}\` to be a Float32Array of [${shape.join(', ')}], got ${got}`,
      );
    }
    tensors.set(name, found);
  }
  return tensors;
}

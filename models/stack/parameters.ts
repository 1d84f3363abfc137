import { ConfigError, ShapeError, show } from '../../core/index.ts';
import type { LayerNorm } from '../kernels/reference/index.ts';

/** One parameter array of an encoder: its name, the path to it in the weights (`layers.0.query.weight`), and its shape. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Numbers of an array of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Checks that an encoder is given a seed or weights.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function requireInit(init: object): void {
  if (typeof init === 'object' && init !== null && ('seed' in init || 'weights' in init)) return;
  throw new ConfigError('CONFIG_INVALID', `Expected \`init\` to have a \`seed\` or \`weights\`, got ${show(init)}`);
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
 * Checks what weights hold besides their arrays: the number of layers, and that every norm has the epsilon of the configuration.
 * @throws ShapeError `SHAPE_MISMATCH`
 */
export function requireForm(
  weights: { readonly layers: readonly object[] },
  norms: readonly (LayerNorm | undefined)[],
  form: { readonly numLayers: number; readonly layerNormEps: number },
): void {
  if (weights.layers.length !== form.numLayers) {
    throw new ShapeError(
      'SHAPE_MISMATCH',
      `Expected weights of ${form.numLayers} layers, got ${weights.layers.length}`,
    );
  }
  const eps = Math.fround(form.layerNormEps);
  const other = norms.find((norm) => norm !== undefined && norm.eps !== eps);
  if (other === undefined) return;
  throw new ShapeError(
    'SHAPE_MISMATCH',
    `Expected norms with \`layerNormEps\` ${form.layerNormEps}, got weights with ${other.eps}`,
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

import { ConfigError, requireInteger, requireNumber, requireOneOf, show } from '../../core/index.ts';
import type { Activation } from '../kernels/reference/index.ts';

/** A causal sliding-window Longformer (arXiv 2004.05150, section 3.1). */
export interface LongformerConfig {
  /** Width of an input token, 1..65536. */
  readonly inputSize: number;
  /** Width of the residual stream and of the output, 1..8192; a multiple of `numHeads`. */
  readonly hiddenSize: number;
  /** 1..256. */
  readonly numLayers: number;
  /** 1..256. */
  readonly numHeads: number;
  /** Width of the feed-forward layer, 1..65536. Default 4 × `hiddenSize`. */
  readonly ffnSize?: number;
  /** Keys that a token sees, itself included: one number, or one per layer, each 1..1048576. Default 512. */
  readonly window?: number | readonly number[];
  /** Where LayerNorm stands: `pre` (with a final norm) or `post` as in BERT. Default `pre`. */
  readonly norm?: 'pre' | 'post';
  /** Default `gelu`. */
  readonly activation?: Activation;
  /** `rotary` turns queries and keys by the absolute position, so scores depend on distance only; `none` leaves them. Default `rotary`. */
  readonly position?: 'rotary' | 'none';
  /** 2..1e9, default 10000. */
  readonly rotaryBase?: number;
  /** 1e-12..0.1, default 1e-5. */
  readonly layerNormEps?: number;
}

/** A configuration with every default filled in. */
export interface ResolvedLongformerConfig extends Required<Omit<LongformerConfig, 'window'>> {
  /** One window per layer. */
  readonly window: readonly number[];
  readonly headDim: number;
}

const FIELDS: readonly string[] = [
  'inputSize',
  'hiddenSize',
  'numLayers',
  'numHeads',
  'ffnSize',
  'window',
  'norm',
  'activation',
  'position',
  'rotaryBase',
  'layerNormEps',
];

/**
 * Checks a configuration and fills in the defaults.
 * @throws ConfigError `CONFIG_INVALID`, naming the field.
 */
export function resolveLongformerConfig(config: LongformerConfig): ResolvedLongformerConfig {
  for (const key of Object.keys(config)) {
    if (!FIELDS.includes(key)) {
      throw new ConfigError('CONFIG_INVALID', `Expected one of ${FIELDS.join(', ')}, got the unknown field \`${key}\``);
    }
  }
  const numLayers = requireInteger('numLayers', config.numLayers, { min: 1, max: 256 });
  const numHeads = requireInteger('numHeads', config.numHeads, { min: 1, max: 256 });
  const hiddenSize = requireInteger('hiddenSize', config.hiddenSize, { min: 1, max: 8192 });
  if (hiddenSize % numHeads !== 0) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`hiddenSize\` to be a multiple of \`numHeads\` (${numHeads}), got ${hiddenSize}`,
    );
  }
  const headDim = hiddenSize / numHeads;
  const position = requireOneOf('position', config.position ?? 'rotary', ['rotary', 'none']);
  if (position === 'rotary' && headDim % 2 !== 0) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected an even head width for rotary positions, got ${headDim} (\`hiddenSize\` / \`numHeads\`)`,
    );
  }
  return {
    inputSize: requireInteger('inputSize', config.inputSize, { min: 1, max: 65_536 }),
    hiddenSize,
    numLayers,
    numHeads,
    headDim,
    ffnSize: requireInteger('ffnSize', config.ffnSize ?? 4 * hiddenSize, { min: 1, max: 65_536 }),
    window: resolveWindows(config.window ?? 512, numLayers),
    norm: requireOneOf('norm', config.norm ?? 'pre', ['pre', 'post']),
    activation: requireOneOf('activation', config.activation ?? 'gelu', ['gelu', 'relu']),
    position,
    rotaryBase: requireNumber('rotaryBase', config.rotaryBase ?? 10_000, { min: 2, max: 1e9 }),
    layerNormEps: requireNumber('layerNormEps', config.layerNormEps ?? 1e-5, { min: 1e-12, max: 0.1 }),
  };
}

function resolveWindows(window: number | readonly number[], numLayers: number): readonly number[] {
  const windows = typeof window === 'number' ? new Array<number>(numLayers).fill(window) : window;
  if (!Array.isArray(windows) || windows.length !== numLayers) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`window\` to be a number or ${numLayers} numbers, got ${show(window)}`,
    );
  }
  return windows.map((value, layer) => requireInteger(`window[${layer}]`, value, { min: 1, max: 1_048_576 }));
}

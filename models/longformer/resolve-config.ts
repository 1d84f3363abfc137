import { ConfigError, requireInteger, requireNumber, requireOneOf, show } from '../../core/index.ts';
import { ACTIVATIONS } from '../kernels/reference/index.ts';
import type { ReadoutConfig } from '../stack/index.ts';
import type { LongformerConfig, ResolvedLongformerConfig } from './config.ts';

const FIELDS: readonly string[] = [
  'inputSize',
  'input',
  'vocabSize',
  'padId',
  'typeVocabSize',
  'hiddenSize',
  'numLayers',
  'numHeads',
  'ffnSize',
  'window',
  'lookAhead',
  'dilation',
  'sinks',
  'globals',
  'globalProjections',
  'norm',
  'activation',
  'position',
  'rotaryBase',
  'maxPositions',
  'positionOffset',
  'positionPolicy',
  'layerNormEps',
  'readout',
  'headDim',
];

const MAX_WINDOW = 1_048_576;
const MAX_ROWS = 2 ** 24;
/** Numbers in the ring of one layer: 4 GiB for keys and as much for values. */
const MAX_RING = 2 ** 30;

/**
 * Checks a configuration and fills in the defaults. A resolved configuration resolves to itself.
 * @throws ConfigError `CONFIG_INVALID`, naming the field.
 */
export function resolveLongformerConfig(config: LongformerConfig): ResolvedLongformerConfig {
  requireKnownFields(config, FIELDS);
  const numLayers = requireInteger('numLayers', config.numLayers, { min: 1, max: 256 });
  const numHeads = requireInteger('numHeads', config.numHeads, { min: 1, max: 256 });
  const hiddenSize = requireInteger('hiddenSize', config.hiddenSize, { min: 1, max: 8192 });
  if (hiddenSize % numHeads !== 0) {
    throw invalid(`Expected \`hiddenSize\` to be a multiple of \`numHeads\` (${numHeads}), got ${hiddenSize}`);
  }
  const headDim = hiddenSize / numHeads;
  if ('headDim' in config && config.headDim !== headDim) {
    throw invalid(`Expected \`headDim\` to be \`hiddenSize\` / \`numHeads\` (${headDim}), got ${show(config.headDim)}`);
  }
  const window = perLayer('window', config.window ?? 512, numLayers, 1);
  const lookAhead = perLayer('lookAhead', config.lookAhead ?? 0, numLayers, 0);
  const dilation = resolveDilation(config.dilation ?? 1, numLayers, numHeads);
  const pins = resolvePins(config);
  requireRings({ window, lookAhead, dilation, hiddenSize });
  return {
    ...resolveInput(config, hiddenSize),
    ...resolvePositions(config, headDim),
    typeVocabSize: requireInteger('typeVocabSize', config.typeVocabSize ?? 0, { min: 0, max: 65_536 }),
    hiddenSize,
    numLayers,
    numHeads,
    headDim,
    ffnSize: requireInteger('ffnSize', config.ffnSize ?? 4 * hiddenSize, { min: 1, max: 65_536 }),
    window,
    lookAhead,
    dilation,
    ...pins,
    norm: requireOneOf('norm', config.norm ?? 'pre', ['pre', 'post']),
    activation: requireOneOf('activation', config.activation ?? 'gelu', ACTIVATIONS),
    layerNormEps: requireNumber('layerNormEps', config.layerNormEps ?? 1e-5, { min: 1e-12, max: 0.1 }),
    ...(config.readout === undefined ? {} : { readout: resolveReadout(config.readout, { hiddenSize, numHeads }) }),
  };
}

function resolvePins(
  config: LongformerConfig,
): Pick<ResolvedLongformerConfig, 'sinks' | 'globals' | 'globalProjections'> {
  const sinks = requireInteger('sinks', config.sinks ?? 0, { min: 0, max: 65_536 });
  const globals = requireInteger('globals', config.globals ?? 0, { min: 0, max: 65_536 });
  const globalProjections = requireBoolean('globalProjections', config.globalProjections ?? false);
  if (globalProjections && sinks + globals > 0) {
    throw invalid(
      `Expected \`sinks\` and \`globals\` (of streams) to be 0 with \`globalProjections\` (of finite sequences), got ${sinks} and ${globals}`,
    );
  }
  return { sinks, globals, globalProjections };
}

type InputFields = Pick<ResolvedLongformerConfig, 'inputSize' | 'input' | 'vocabSize' | 'padId'>;

function resolveInput(config: LongformerConfig, hiddenSize: number): InputFields {
  const inputSize = requireInteger('inputSize', config.inputSize, { min: 1, max: 65_536 });
  const input = requireOneOf('input', config.input ?? 'linear', ['linear', 'direct', 'ids']);
  if (input === 'direct' && inputSize !== hiddenSize) {
    throw invalid(`Expected \`inputSize\` to be \`hiddenSize\` (${hiddenSize}) for direct input, got ${inputSize}`);
  }
  if (input !== 'ids') {
    for (const field of ['vocabSize', 'padId'] as const) requireAbsent(config, field, 'input ids');
    return { inputSize, input, vocabSize: 0 };
  }
  if (inputSize > 3) throw invalid(`Expected \`inputSize\` to be 1..3 for ids (id, type, position), got ${inputSize}`);
  if (inputSize > 1 && (config.typeVocabSize ?? 0) === 0) {
    throw invalid(
      `Expected \`typeVocabSize\` to be at least 1 for rows with a token type, got ${config.typeVocabSize}`,
    );
  }
  if (inputSize > 2 && config.position !== 'learned') {
    throw invalid(`Expected \`position\` to be learned for rows with a position, got ${config.position}`);
  }
  const vocabSize = requireInteger('vocabSize', config.vocabSize, { min: 1, max: MAX_ROWS });
  if (config.padId === undefined) return { inputSize, input, vocabSize };
  return { inputSize, input, vocabSize, padId: requireInteger('padId', config.padId, { min: 0, max: vocabSize - 1 }) };
}

type PositionFields = Pick<
  ResolvedLongformerConfig,
  'position' | 'rotaryBase' | 'maxPositions' | 'positionOffset' | 'positionPolicy'
>;

function resolvePositions(config: LongformerConfig, headDim: number): PositionFields {
  const position = requireOneOf('position', config.position ?? 'rotary', ['rotary', 'learned', 'none']);
  if (position === 'rotary' && headDim % 2 !== 0) {
    throw invalid(`Expected an even head width for rotary positions, got ${headDim} (\`hiddenSize\` / \`numHeads\`)`);
  }
  const fields = {
    position,
    rotaryBase: requireNumber('rotaryBase', config.rotaryBase ?? 10_000, { min: 2, max: 1e9 }),
    positionPolicy: requireOneOf('positionPolicy', config.positionPolicy ?? 'error', ['error', 'recycle']),
  };
  if (position !== 'learned') {
    for (const field of ['maxPositions', 'positionOffset', 'positionPolicy'] as const) {
      requireAbsent(config, field, 'position learned');
    }
    return { ...fields, maxPositions: 0, positionOffset: 0 };
  }
  const maxPositions = requireInteger('maxPositions', config.maxPositions, { min: 1, max: MAX_ROWS });
  const min = config.padId === undefined ? 0 : 1;
  const positionOffset = requireInteger('positionOffset', config.positionOffset ?? min, { min, max: maxPositions - 1 });
  return { ...fields, maxPositions, positionOffset };
}

function resolveReadout(
  readout: ReadoutConfig,
  { hiddenSize, numHeads }: { readonly hiddenSize: number; readonly numHeads: number },
): ReadoutConfig {
  if (typeof readout !== 'object' || readout === null) {
    throw invalid(`Expected \`readout\` to be an object with \`queries\`, got ${show(readout)}`);
  }
  requireKnownFields(readout, ['queries', 'span']);
  const queries = requireInteger('readout.queries', readout.queries, { min: 1, max: 1024 });
  if (readout.span === undefined) return { queries };
  const span = requireInteger('readout.span', readout.span, { min: 1, max: MAX_WINDOW });
  const numbers = span * queries * (2 * numHeads + hiddenSize);
  if (numbers > MAX_RING) {
    throw invalid(
      `Expected \`readout.span\` × \`readout.queries\` × (2 × \`numHeads\` + \`hiddenSize\`) to be at most ${MAX_RING}, got ${numbers}`,
    );
  }
  return { queries, span };
}

function perLayer(name: string, given: number | readonly number[], numLayers: number, min: number): readonly number[] {
  const values = typeof given === 'number' ? new Array<number>(numLayers).fill(given) : given;
  if (!Array.isArray(values) || values.length !== numLayers) {
    throw invalid(`Expected \`${name}\` to be a number or ${numLayers} numbers, got ${show(given)}`);
  }
  return values.map((value, layer) => requireInteger(`${name}[${layer}]`, value, { min, max: MAX_WINDOW }));
}

function resolveDilation(
  given: number | readonly (number | readonly number[])[],
  numLayers: number,
  numHeads: number,
): readonly (readonly number[])[] {
  const layers = typeof given === 'number' ? new Array<number>(numLayers).fill(given) : given;
  if (!Array.isArray(layers) || layers.length !== numLayers) {
    throw invalid(
      `Expected \`dilation\` to be a number or one entry for each of ${numLayers} layers, got ${show(given)}`,
    );
  }
  return layers.map((entry: number | readonly number[], layer) => {
    const heads = typeof entry === 'number' ? new Array<number>(numHeads).fill(entry) : entry;
    if (!Array.isArray(heads) || heads.length !== numHeads) {
      throw invalid(`Expected \`dilation[${layer}]\` to be a number or ${numHeads} numbers, got ${show(entry)}`);
    }
    return heads.map((value, head) => requireInteger(`dilation[${layer}][${head}]`, value, { min: 1, max: 65_536 }));
  });
}

/** A ring holds every position between the first and the last key of a token, so its size is bounded as a whole. */
function requireRings(
  config: Pick<ResolvedLongformerConfig, 'window' | 'lookAhead' | 'dilation' | 'hiddenSize'>,
): void {
  config.window.forEach((window, layer) => {
    const keys = window + (config.lookAhead[layer] as number);
    const numbers = keys * Math.max(...(config.dilation[layer] as readonly number[])) * config.hiddenSize;
    if (numbers > MAX_RING) {
      throw invalid(
        `Expected (\`window\` + \`lookAhead\`) × \`dilation\` × \`hiddenSize\` of layer ${layer} to be at most ${MAX_RING}, got ${numbers}`,
      );
    }
  });
}

function requireKnownFields(config: object, fields: readonly string[]): void {
  if (typeof config !== 'object' || config === null) {
    throw invalid(`Expected the configuration to be an object, got ${show(config)}`);
  }
  for (const key of Object.keys(config)) {
    if (!fields.includes(key)) throw invalid(`Expected one of ${fields.join(', ')}, got the unknown field \`${key}\``);
  }
}

/** A field of another kind of input or position; the value that a resolved configuration holds there passes. */
function requireAbsent(config: LongformerConfig, field: keyof LongformerConfig, owner: string): void {
  const value = config[field];
  if (value === undefined || (value === 0 && field !== 'padId') || value === 'error') return;
  throw invalid(`Expected \`${field}\` only together with ${owner}, got ${show(config[field])}`);
}

function requireBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalid(`Expected \`${name}\` to be true or false, got ${show(value)}`);
  return value;
}

function invalid(message: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', message);
}

import { ConfigError, requireInteger, requireNumber, requireOneOf, show } from '../../core/index.ts';
import { ACTIVATIONS } from '../kernels/reference/index.ts';
import { paddedLength } from './chunks.ts';
import type {
  LocalConfig,
  LshConfig,
  ReformerConfig,
  ReformerLayer,
  ResolvedReformerConfig,
  WindowConfig,
} from './config.ts';

const FIELDS = [
  'inputSize',
  'input',
  'vocabSize',
  'hiddenSize',
  'numHeads',
  'headDim',
  'layers',
  'ffnSize',
  'activation',
  'layerNormEps',
  'causal',
  'wrap',
  'lsh',
  'local',
  'window',
  'position',
  'maxPositions',
  'axialShape',
  'axialSizes',
  'positionPolicy',
] as const;

const KINDS: readonly ReformerLayer[] = ['lsh', 'local', 'window'];
const MAX_ROWS = 2 ** 24;
const MAX_TOKENS = 1_048_576;
/** Numbers in the key table of one layer: 4 GiB for keys and as much for values. */
const MAX_TABLE = 2 ** 30;

/**
 * Checks a configuration and fills in the defaults. A resolved configuration resolves to itself.
 * @throws ConfigError `CONFIG_INVALID`, naming the field
 */
export function resolveReformerConfig(config: ReformerConfig): ResolvedReformerConfig {
  requireKnownFields('', config, FIELDS);
  const hiddenSize = requireInteger('hiddenSize', config.hiddenSize, { min: 1, max: 8192 });
  const numHeads = requireInteger('numHeads', config.numHeads, { min: 1, max: 256 });
  if (config.headDim === undefined && hiddenSize % numHeads !== 0) {
    throw invalid(
      `Expected \`hiddenSize\` to be a multiple of \`numHeads\` (${numHeads}) where \`headDim\` is not given, got ${hiddenSize}`,
    );
  }
  const headDim = requireInteger('headDim', config.headDim ?? hiddenSize / numHeads, { min: 1, max: 8192 });
  const layers = resolveLayers(config.layers);
  const causal = requireBoolean('causal', config.causal ?? true);
  const width = numHeads * headDim;
  const resolved: ResolvedReformerConfig = {
    ...resolveInput(config, hiddenSize),
    ...resolvePositions(config, hiddenSize),
    hiddenSize,
    numHeads,
    headDim,
    layers,
    ffnSize: requireInteger('ffnSize', config.ffnSize ?? 4 * hiddenSize, { min: 1, max: 65_536 }),
    activation: requireOneOf('activation', config.activation ?? 'relu', ACTIVATIONS),
    layerNormEps: requireNumber('layerNormEps', config.layerNormEps ?? 1e-12, { min: 1e-12, max: 0.1 }),
    causal,
    wrap: requireOneOf('wrap', config.wrap ?? 'masked', ['masked', 'circular']),
    ...(layers.includes('lsh')
      ? { lsh: resolveLsh(config.lsh, { causal, width, numHeads }) }
      : requireNone(config, 'lsh')),
    ...(layers.includes('local')
      ? { local: resolveLocal(config.local ?? {}, { causal, width }) }
      : requireNone(config, 'local')),
    ...(layers.includes('window')
      ? { window: resolveWindow(config.window ?? {}, { numHeads, width, hiddenSize }) }
      : requireNone(config, 'window')),
  };
  requireCommonLength(resolved);
  return resolved;
}

/** Whole sequences are padded to a multiple of all chunk lengths, so that must not be far away. */
function requireCommonLength({ lsh, local }: ResolvedReformerConfig): void {
  if (lsh === undefined || local === undefined) return;
  const common = paddedLength(Math.max(lsh.chunkLength, local.chunkLength) + 1, [lsh.chunkLength, local.chunkLength]);
  if (common <= MAX_TOKENS) return;
  throw invalid(
    `Expected \`lsh.chunkLength\` and \`local.chunkLength\` to have a common multiple of at most ${MAX_TOKENS}, got ${lsh.chunkLength} and ${local.chunkLength}`,
  );
}

function resolveLayers(layers: readonly ReformerLayer[]): readonly ReformerLayer[] {
  if (!Array.isArray(layers) || layers.length < 1 || layers.length > 256) {
    throw invalid(`Expected \`layers\` to be a list of 1..256 of ${KINDS.join(', ')}, got ${show(layers)}`);
  }
  return layers.map((kind: ReformerLayer, i) => requireOneOf(`layers[${i}]`, kind, KINDS));
}

function resolveInput(
  config: ReformerConfig,
  hiddenSize: number,
): Pick<ResolvedReformerConfig, 'inputSize' | 'input' | 'vocabSize'> {
  const inputSize = requireInteger('inputSize', config.inputSize, { min: 1, max: 65_536 });
  const input = requireOneOf('input', config.input ?? 'linear', ['linear', 'direct', 'ids']);
  if (input === 'direct' && inputSize !== hiddenSize) {
    throw invalid(`Expected \`inputSize\` to be \`hiddenSize\` (${hiddenSize}) for direct input, got ${inputSize}`);
  }
  if (input !== 'ids') {
    if (config.vocabSize !== undefined && config.vocabSize !== 0)
      throw invalid(`Expected \`vocabSize\` only together with input ids, got ${show(config.vocabSize)}`);
    return { inputSize, input, vocabSize: 0 };
  }
  if (inputSize !== 1) throw invalid(`Expected \`inputSize\` to be 1 for ids, got ${inputSize}`);
  return { inputSize, input, vocabSize: requireInteger('vocabSize', config.vocabSize, { min: 1, max: MAX_ROWS }) };
}

type Positions = Pick<
  ResolvedReformerConfig,
  'position' | 'maxPositions' | 'axialShape' | 'axialSizes' | 'positionPolicy'
>;

function resolvePositions(config: ReformerConfig, hiddenSize: number): Positions {
  const position = requireOneOf('position', config.position ?? 'none', ['learned', 'axial', 'none']);
  const positionPolicy = requireOneOf('positionPolicy', config.positionPolicy ?? 'error', ['error', 'recycle']);
  const axialShape = requireList('axialShape', config.axialShape ?? [], MAX_ROWS);
  const axialSizes = requireList('axialSizes', config.axialSizes ?? [], hiddenSize);
  if (position !== 'axial' && axialShape.length + axialSizes.length > 0) {
    throw invalid(
      `Expected \`axialShape\` and \`axialSizes\` only together with position axial, got ${show(axialShape)}`,
    );
  }
  if (position === 'none') {
    if ((config.maxPositions ?? 0) !== 0)
      throw invalid(
        `Expected \`maxPositions\` only together with learned or axial positions, got ${show(config.maxPositions)}`,
      );
    return { position, maxPositions: 0, axialShape, axialSizes, positionPolicy };
  }
  if (position === 'learned') {
    const maxPositions = requireInteger('maxPositions', config.maxPositions, { min: 1, max: MAX_ROWS });
    return { position, maxPositions, axialShape, axialSizes, positionPolicy };
  }
  const product = axialShape.reduce((all, rows) => all * rows, 1);
  if (axialShape.length < 1 || axialShape.length > 8 || axialSizes.length !== axialShape.length) {
    throw invalid(
      `Expected \`axialShape\` and \`axialSizes\` to be lists of the same 1..8 axes, got ${show(axialShape)} and ${show(axialSizes)}`,
    );
  }
  const width = axialSizes.reduce((sum, size) => sum + size, 0);
  if (width !== hiddenSize)
    throw invalid(`Expected \`axialSizes\` to add up to \`hiddenSize\` (${hiddenSize}), got ${show(axialSizes)}`);
  const maxPositions = requireInteger('maxPositions', config.maxPositions ?? product, { min: 1, max: 2 ** 40 });
  if (maxPositions !== product)
    throw invalid(`Expected \`maxPositions\` to be the product of \`axialShape\` (${product}), got ${maxPositions}`);
  return { position, maxPositions, axialShape, axialSizes, positionPolicy };
}

function resolveLsh(
  lsh: LshConfig | undefined,
  model: { readonly causal: boolean; readonly width: number; readonly numHeads: number },
): NonNullable<ResolvedReformerConfig['lsh']> {
  if (typeof lsh !== 'object' || lsh === null)
    throw invalid(`Expected \`lsh\` to be an object with \`numBuckets\`, got ${show(lsh)}`);
  requireKnownFields('lsh.', lsh, [
    'numBuckets',
    'numHashes',
    'chunkLength',
    'chunksBefore',
    'chunksAfter',
    'rule',
    'horizon',
    'depth',
    'fallback',
    'combine',
  ]);
  const chunkLength = requireInteger('lsh.chunkLength', lsh.chunkLength ?? 64, { min: 1, max: 65_536 });
  const horizon = requireInteger('lsh.horizon', lsh.horizon ?? Math.min(MAX_TOKENS, 16 * chunkLength), {
    min: 1,
    max: MAX_TOKENS,
  });
  if (horizon * model.width > MAX_TABLE) {
    throw invalid(
      `Expected \`lsh.horizon\` × \`numHeads\` × \`headDim\` to be at most ${MAX_TABLE}, got ${horizon * model.width}`,
    );
  }
  const rule = requireOneOf('lsh.rule', lsh.rule ?? 'bucket-recency', ['bucket-recency', 'prefix-exact', 'offline']);
  if (rule !== 'offline' && !model.causal)
    throw invalid(`Expected \`lsh.rule\` to be offline where \`causal\` is false, got ${rule}`);
  const numBuckets = resolveBuckets(lsh.numBuckets);
  const numHashes = requireInteger('lsh.numHashes', lsh.numHashes ?? 1, { min: 1, max: 64 });
  const rotations = (model.width * numHashes * numBuckets.reduce((sum, factor) => sum + factor, 0)) / 2;
  if (rotations > MAX_TABLE) {
    throw invalid(
      `Expected \`numHeads\` × \`headDim\` × \`lsh.numHashes\` × the sum of \`lsh.numBuckets\` / 2 to be at most ${MAX_TABLE}, got ${rotations}`,
    );
  }
  const places = model.numHeads * numHashes * (horizon + numBuckets.reduce((all, factor) => all * factor, 1));
  if (places > MAX_TABLE / 4) {
    throw invalid(
      `Expected \`numHeads\` × \`lsh.numHashes\` × (\`lsh.horizon\` + buckets) to be at most ${MAX_TABLE / 4}, got ${places}`,
    );
  }
  const chunksAfter = requireInteger('lsh.chunksAfter', lsh.chunksAfter ?? 0, { min: 0, max: 64 });
  return {
    numBuckets,
    numHashes,
    chunkLength,
    chunksBefore: requireInteger('lsh.chunksBefore', lsh.chunksBefore ?? 1, { min: 0, max: 64 }),
    chunksAfter,
    rule,
    horizon,
    depth: requireInteger('lsh.depth', lsh.depth ?? 2 * chunkLength, { min: 1, max: MAX_TOKENS }),
    fallback: requireInteger('lsh.fallback', lsh.fallback ?? Math.min(chunkLength, horizon), { min: 0, max: horizon }),
    combine: requireOneOf('lsh.combine', lsh.combine ?? 'lse', ['lse', 'union']),
  };
}

function resolveBuckets(given: number | readonly number[]): readonly number[] {
  const factors = typeof given === 'number' ? [given] : given;
  if (!Array.isArray(factors) || factors.length < 1 || factors.length > 8) {
    throw invalid(
      `Expected \`lsh.numBuckets\` to be an even number or a list of 1..8 even factors, got ${show(given)}`,
    );
  }
  factors.forEach((factor, i) => {
    const name = factors.length === 1 ? 'lsh.numBuckets' : `lsh.numBuckets[${i}]`;
    if (requireInteger(name, factor, { min: 2, max: 65_536 }) % 2 !== 0)
      throw invalid(`Expected \`${name}\` to be even, got ${factor}`);
  });
  const product = factors.reduce((all, factor) => all * factor, 1);
  if (product > 65_536) throw invalid(`Expected \`lsh.numBuckets\` to make at most 65536 buckets, got ${product}`);
  return [...factors];
}

function resolveLocal(
  local: LocalConfig,
  { causal, width }: { readonly causal: boolean; readonly width: number },
): Required<LocalConfig> {
  requireKnownFields('local.', local, ['chunkLength', 'chunksBefore', 'chunksAfter']);
  const chunksAfter = requireInteger('local.chunksAfter', local.chunksAfter ?? 0, { min: 0, max: 64 });
  if (causal && chunksAfter > 0)
    throw invalid(`Expected \`local.chunksAfter\` to be 0 where \`causal\` is true, got ${chunksAfter}`);
  const chunkLength = requireInteger('local.chunkLength', local.chunkLength ?? 64, { min: 1, max: 65_536 });
  const chunksBefore = requireInteger('local.chunksBefore', local.chunksBefore ?? 1, { min: 0, max: 64 });
  const numbers = (chunksBefore + 1) * chunkLength * width;
  if (numbers > MAX_TABLE) {
    throw invalid(`Expected the keys of a local layer to be at most ${MAX_TABLE} numbers, got ${numbers}`);
  }
  return { chunkLength, chunksBefore, chunksAfter };
}

function resolveWindow(
  window: WindowConfig,
  model: { readonly numHeads: number; readonly width: number; readonly hiddenSize: number },
): NonNullable<ResolvedReformerConfig['window']> {
  requireKnownFields('window.', window, ['window', 'lookAhead', 'dilation']);
  const keys = requireInteger('window.window', window.window ?? 512, { min: 1, max: MAX_TOKENS });
  const lookAhead = requireInteger('window.lookAhead', window.lookAhead ?? 0, { min: 0, max: MAX_TOKENS });
  const given = window.dilation ?? 1;
  const dilation = typeof given === 'number' ? new Array<number>(model.numHeads).fill(given) : given;
  if (!Array.isArray(dilation) || dilation.length !== model.numHeads) {
    throw invalid(`Expected \`window.dilation\` to be a number or ${model.numHeads} numbers, got ${show(given)}`);
  }
  dilation.forEach((step, head) => void requireInteger(`window.dilation[${head}]`, step, { min: 1, max: 65_536 }));
  const numbers = (keys + lookAhead) * Math.max(...dilation) * Math.max(model.width, 2 * model.hiddenSize);
  if (numbers > MAX_TABLE)
    throw invalid(`Expected the ring of a window layer to hold at most ${MAX_TABLE} numbers, got ${numbers}`);
  return { window: keys, lookAhead, dilation: [...dilation] };
}

/** A part of a configuration that no layer uses. */
function requireNone(config: ReformerConfig, field: 'lsh' | 'local' | 'window'): Record<string, never> {
  if (config[field] === undefined) return {};
  throw invalid(`Expected \`${field}\` only together with a layer of that kind, got ${show(config[field])}`);
}

function requireList(name: string, values: readonly number[], max: number): readonly number[] {
  if (!Array.isArray(values)) throw invalid(`Expected \`${name}\` to be a list of numbers, got ${show(values)}`);
  return values.map((value, i) => requireInteger(`${name}[${i}]`, value, { min: 1, max }));
}

function requireKnownFields(prefix: string, config: object, fields: readonly string[]): void {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    const name = prefix === '' ? 'the configuration' : `\`${prefix.slice(0, -1)}\``;
    throw invalid(`Expected ${name} to be an object, got ${show(config)}`);
  }
  for (const key of Object.keys(config)) {
    if (!fields.includes(key))
      throw invalid(`Expected one of ${fields.join(', ')}, got the unknown field \`${prefix}${key}\``);
  }
}

function requireBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalid(`Expected \`${name}\` to be true or false, got ${show(value)}`);
  return value;
}

function invalid(message: string): ConfigError {
  return new ConfigError('CONFIG_INVALID', message);
}

import { ConfigError, Random, requireInteger, WeightsError } from '../../../core/index.ts';
import { buildTaskWeights, createTaskHead, type TaskConfig, taskParameters } from '../../heads/task/index.ts';
import type { EngineOptions } from '../../kernels/index.ts';
import {
  buildReformerWeights,
  createReformer,
  type LshConfig,
  normalNumbers,
  type ReformerConfig,
  type ResolvedReformerConfig,
  reformerParameters,
  resolveReformerConfig,
} from '../../reformer/index.ts';
import type { ReformerModel } from '../encoder-model.ts';
import { requireTensors, takeTensor, type WantedTensor } from '../take-tensors.ts';
import type { TensorSource } from '../tensor-source.ts';
import { requireLabels } from './longformer-head.ts';
import { taskName } from './longformer-names.ts';
import {
  chooseNumBuckets,
  type HuggingFaceReformerConfig,
  parseReformerConfig,
  type ReformerArchitecture,
} from './reformer-config.ts';
import { layerOfRotations, reformerName, storedParameters } from './reformer-names.ts';
import { TorchRandom } from './torch-random.ts';

/** How to load a Reformer of Hugging Face. */
export interface HuggingFaceReformerOptions extends EngineOptions {
  /** `ids` (default), or `direct`: rows of width `hiddenSize` in place of the words (`inputs_embeds`). */
  readonly input?: 'ids' | 'direct';
  /** Load as this class rather than the one in the file. */
  readonly architecture?: ReformerArchitecture;
  /**
   * Changes to the LSH layers: the rule of a stream and its horizon, `numHashes`, or `numBuckets` where the file leaves
   * them open. Default rule `offline`.
   */
  readonly lsh?: Partial<LshConfig>;
  /** After the last position: `error`, or `recycle` from the first. Default `error`. */
  readonly positionPolicy?: 'error' | 'recycle';
  /**
   * Tokens of the first sequence: where the file and `lsh` leave `numBuckets` open, it is chosen for them as the reference
   * chooses it. A stream needs `lsh.numBuckets`.
   */
  readonly sequenceLength?: number;
  /**
   * Rotations of each LSH layer, `[numHeads, headDim, numHashes, Σ numBuckets / 2]`; a checkpoint holds none. Default those
   * that the `hash_seed` of the file draws, the same for all layers, or else normal ones from `rotationSeed`.
   */
  readonly rotations?: (layer: number) => Float32Array;
  /** 0..2^32-1, default 0. */
  readonly rotationSeed?: number;
}

/**
 * Builds a Reformer from a Hugging Face configuration and its tensors, names and shapes as `save_pretrained` writes them.
 * @param json the content of `config.json`
 * @throws ConfigError `CONFIG_INVALID`; WeightsError `WEIGHTS_MISMATCH`, `WEIGHTS_NOT_FINITE`
 */
export function reformerFromHuggingFace(
  json: unknown,
  source: TensorSource,
  options: HuggingFaceReformerOptions = {},
): ReformerModel {
  const parsed = parseReformerConfig(json, options.architecture);
  const config = resolveReformerConfig(applyOptions(parsed, options));
  const prefix = [...source.tensors.keys()].some((name) => name.startsWith('reformer.')) ? 'reformer.' : '';
  const nameOf = (parameter: string): string => `${prefix}${reformerName(parameter)}`;
  const head = headOf(parsed.architecture, source, config);
  const parameters = storedParameters(config, reformerParameters(config));
  const wanted = parameters.map(({ name, shape }) => ({ name: nameOf(name), shape }));
  requireTensors(source, [...wanted, ...(head?.wanted ?? [])], {
    model: parsed.architecture,
    ignore: (name) => isIgnored(name, { prefix, options }),
  });
  const draw = rotationsOf(parsed, options);
  const weights = buildReformerWeights(config, (name, shape) => {
    const layer = layerOfRotations(name);
    return layer === undefined ? takeTensor(source, nameOf(name)) : requireRotations(draw(layer, shape), shape);
  });
  const model = {
    encoder: createReformer(config, { weights }, options),
    labels: parsed.labels,
    origin: json as Record<string, unknown>,
  };
  if (head === undefined) return model;
  requireLabels(parsed.labels, head.config);
  const take = (name: string): Float32Array => takeTensor(source, head.nameOf(name));
  return { ...model, head: createTaskHead(head.config, buildTaskWeights(head.config, take, undefined)) };
}

function applyOptions(parsed: HuggingFaceReformerConfig, options: HuggingFaceReformerOptions): ReformerConfig {
  const { lsh, ...rest } = parsed.reformer;
  const policy = options.positionPolicy === undefined ? {} : { positionPolicy: options.positionPolicy };
  const changed = {
    ...rest,
    ...policy,
    ...(lsh === undefined ? {} : { lsh: applyLsh(parsed, { ...lsh, ...options.lsh }, options) }),
  };
  if (options.input !== 'direct') return changed;
  const { vocabSize: _, ...direct } = changed;
  return { ...direct, input: 'direct', inputSize: direct.hiddenSize };
}

function applyLsh(
  parsed: HuggingFaceReformerConfig,
  lsh: Partial<LshConfig>,
  options: HuggingFaceReformerOptions,
): LshConfig {
  if (lsh.numBuckets !== undefined) return { ...lsh, numBuckets: lsh.numBuckets };
  if (options.sequenceLength === undefined || lsh.rule !== 'offline') {
    throw new ConfigError(
      'CONFIG_INVALID',
      'Expected `num_buckets` to be set in the configuration or as `lsh.numBuckets` (`longwave convert --num-buckets`), because a stream cannot choose it from its first sequence (for finite sequences, give `sequenceLength`), got null',
    );
  }
  const length = requireInteger('sequenceLength', options.sequenceLength, { min: 1, max: 2 ** 30 });
  const { axialShape = [], maxPositions = axialShape.reduce((all, rows) => all * rows, 1) } = parsed.reformer;
  return { ...lsh, numBuckets: chooseNumBuckets(length, lsh.chunkLength ?? 64, maxPositions) };
}

function rotationsOf(
  { hashSeed }: HuggingFaceReformerConfig,
  { rotations, rotationSeed = 0 }: HuggingFaceReformerOptions,
): (layer: number, shape: readonly number[]) => Float32Array {
  if (rotations !== undefined) return rotations;
  const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
  if (hashSeed !== undefined) {
    return (_, shape) => new TorchRandom(hashSeed).normal(Math.max(16, size(shape))).subarray(0, size(shape));
  }
  const random = new Random(requireInteger('rotationSeed', rotationSeed, { min: 0, max: 2 ** 32 - 1 }));
  return (_, shape) => normalNumbers(random, size(shape));
}

function requireRotations(rotations: Float32Array, shape: readonly number[]): Float32Array {
  if (rotations.length === shape.reduce((product, size) => product * size, 1)) return rotations;
  throw new WeightsError(
    'WEIGHTS_MISMATCH',
    `Expected rotations of shape [${shape.join(', ')}], got ${rotations.length} numbers`,
  );
}

interface FoundHead {
  readonly config: TaskConfig;
  readonly nameOf: (parameter: string) => string;
  readonly wanted: readonly WantedTensor[];
}

function headOf(
  architecture: ReformerArchitecture,
  source: TensorSource,
  { hiddenSize, layerNormEps }: ResolvedReformerConfig,
): FoundHead | undefined {
  if (architecture === 'ReformerModel') return undefined;
  const task = architecture === 'ReformerForSequenceClassification' ? 'sequence-classification' : 'language';
  const own = (parameter: string): string => taskName(task, parameter);
  const nameOf = (parameter: string): string =>
    own(parameter) === 'lm_head.bias' && !source.tensors.has('lm_head.bias') ? 'lm_head.decoder.bias' : own(parameter);
  const outputs = source.tensors.get(nameOf('output.weight'))?.shape[0] ?? 1;
  const config: TaskConfig = { task, hiddenSize, inputSize: 2 * hiddenSize, outputs, layerNormEps };
  return { config, nameOf, wanted: taskParameters(config).map(({ name, shape }) => ({ name: nameOf(name), shape })) };
}

/** Tensors that may lie in a file and are not read. */
function isIgnored(
  name: string,
  { prefix, options }: { readonly prefix: string; readonly options: HuggingFaceReformerOptions },
): boolean {
  const bare = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  if (/\.self_attention\.(self_)?mask_value_float(16|32)$/.test(bare) || name === 'lm_head.decoder.bias') return true;
  if (options.input === 'direct' && bare === reformerName('embedding.words')) return true;
  return options.architecture === 'ReformerModel' && /^(lm_head|classifier)\./.test(bare);
}

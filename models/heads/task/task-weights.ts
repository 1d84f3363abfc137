import { ConfigError, requireInteger, requireNumber, requireOneOf, show } from '../../../core/index.ts';
import type { LayerNorm, Linear } from '../../kernels/reference/index.ts';

/**
 * What a task head makes of the encodings of a finite sequence. `pooling`: tanh of a map of token 0. `masked-language`:
 * scores of the vocabulary for each token, after a map of its own. `language`: the same without that map.
 * `sequence-classification`: scores of the labels for the whole, from token 0.
 * `token-classification`: scores of the labels for each token. `question-answering`: start and end scores of each token.
 */
export const TASKS = [
  'pooling',
  'masked-language',
  'language',
  'sequence-classification',
  'token-classification',
  'question-answering',
] as const;

/** Which head, and how wide. */
export interface TaskConfig {
  readonly task: (typeof TASKS)[number];
  /** Width of the head's own map, 1..8192. */
  readonly hiddenSize: number;
  /** Width of an encoding, 1..16384. Default `hiddenSize`. */
  readonly inputSize?: number;
  /** Labels or ids scored, 1..2^24; 2 for question answering, `hiddenSize` for pooling. */
  readonly outputs: number;
  /** The scores of ids reuse the table of words of the encoder, so the head holds no own. Default false. */
  readonly tied?: boolean;
  /** 1e-12..0.1, of the norm of the masked-language head. */
  readonly layerNormEps: number;
}

/** The parameters of a head; `transform` is absent where the task has none. */
export interface TaskWeights {
  /** `[hiddenSize, inputSize]` */
  readonly transform?: Linear;
  readonly norm?: LayerNorm;
  /** `[outputs, hiddenSize]`, or `[outputs, inputSize]` without a transform; absent for pooling. A tied head has the table of words as its weight. */
  readonly output?: Linear;
}

const FIELDS: readonly string[] = ['task', 'hiddenSize', 'inputSize', 'outputs', 'tied', 'layerNormEps'];

/**
 * Checks a head's configuration.
 * @throws ConfigError `CONFIG_INVALID`, naming the field
 */
export function requireTaskConfig(config: TaskConfig): TaskConfig {
  const unknown = Object.keys(config).find((key) => !FIELDS.includes(key));
  if (unknown !== undefined) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected one of ${FIELDS.join(', ')}, got the unknown field \`${unknown}\``,
    );
  }
  requireOneOf('task', config.task, TASKS);
  requireInteger('hiddenSize', config.hiddenSize, { min: 1, max: 8192 });
  requireInteger('inputSize', config.inputSize ?? config.hiddenSize, { min: 1, max: 16_384 });
  requireInteger('outputs', config.outputs, { min: 1, max: 2 ** 24 });
  requireNumber('layerNormEps', config.layerNormEps, { min: 1e-12, max: 0.1 });
  if (config.tied === undefined || config.tied === false) return config;
  if (config.tied === true && config.task === 'masked-language') return config;
  throw new ConfigError('CONFIG_INVALID', `Expected \`tied\` only for masked-language, got ${show(config.tied)}`);
}

/**
 * Puts the weights of a head together: asks `give` for each parameter array in one fixed order.
 * @param words the encoder's table of words, for a tied head
 */
export function buildTaskWeights(
  config: TaskConfig,
  give: (name: string, shape: readonly number[]) => Float32Array,
  words: Float32Array | undefined,
): TaskWeights {
  const { hiddenSize, outputs, task } = config;
  const inputSize = config.inputSize ?? hiddenSize;
  const linear = (name: string, [outSize, inSize]: readonly [number, number], weight?: Float32Array): Linear => ({
    inSize,
    outSize,
    weight: weight ?? give(`${name}.weight`, [outSize, inSize]),
    bias: give(`${name}.bias`, [outSize]),
  });
  const transform = (): Linear => linear('transform', [hiddenSize, inputSize]);
  switch (task) {
    case 'pooling':
      return { transform: transform() };
    case 'masked-language':
      return {
        transform: transform(),
        norm: {
          size: hiddenSize,
          weight: give('norm.weight', [hiddenSize]),
          bias: give('norm.bias', [hiddenSize]),
          eps: Math.fround(config.layerNormEps),
        },
        output: linear('output', [outputs, hiddenSize], config.tied === true ? words : undefined),
      };
    case 'sequence-classification':
      return { transform: transform(), output: linear('output', [outputs, hiddenSize]) };
    case 'language':
    case 'token-classification':
    case 'question-answering':
      return { output: linear('output', [outputs, inputSize]) };
    default:
      return task satisfies never;
  }
}

/** The head's own parameter names and shapes, in their order; without the table of a tied head. */
export function taskParameters(config: TaskConfig): { readonly name: string; readonly shape: readonly number[] }[] {
  const parameters: { name: string; shape: readonly number[] }[] = [];
  const give = (name: string, shape: readonly number[]): Float32Array => {
    parameters.push({ name, shape });
    return new Float32Array(0);
  };
  buildTaskWeights(config, give, new Float32Array(0));
  return parameters;
}

import { ConfigError, show } from '../../core/index.ts';
import type { EngineOptions } from '../kernels/index.ts';
import type {
  HuggingFaceOptions,
  HuggingFaceReformerConfig,
  HuggingFaceReformerOptions,
  LongformerArchitecture,
  ReformerArchitecture,
} from './hugging-face/index.ts';
import { type ModelOverrides, requireFields, requireOverrides } from './overrides.ts';
import type { Family } from './stored-encoder.ts';

/** How to load a model whose path tells its family. What does not suit the family or the form is refused. */
export interface LoadModelOptions
  extends EngineOptions,
    Pick<HuggingFaceReformerOptions, 'input' | 'sequenceLength' | 'rotations' | 'rotationSeed'> {
  /** Of a directory: load as this class rather than the one in its `config.json`. */
  readonly architecture?: LongformerArchitecture | ReformerArchitecture;
  /** Of a directory: columns of a row of ids, more than 1 for a Longformer only. Default 1. */
  readonly idColumns?: 1 | 2 | 3;
  /**
   * Changes to what a token sees. A causal Reformer of a directory has `lsh.rule` bucket-recency unless they, or a
   * `sequenceLength`, say otherwise; one that is not causal has `offline`; a file says its rule itself.
   */
  readonly overrides?: ModelOverrides;
}

const ENGINE_OPTIONS = ['engine', 'memoryLimitBytes', 'cachePrecision'];
const DIRECTORY_OPTIONS = ['input', 'idColumns', 'architecture', 'overrides', ...ENGINE_OPTIONS];
const REFORMER_OPTIONS = [...DIRECTORY_OPTIONS, 'sequenceLength', 'rotations', 'rotationSeed'];

/**
 * Checks the options for a model file, and gives the changes.
 * @throws ConfigError `CONFIG_INVALID`, naming the option
 */
export function fileOverrides(options: LoadModelOptions): ModelOverrides {
  requireFields('the options for a model file', options, ['overrides', ...ENGINE_OPTIONS]);
  return options.overrides ?? {};
}

/**
 * Checks the options for a directory with a Longformer.
 * @throws ConfigError `CONFIG_INVALID`, naming the option
 */
export function longformerOptions(options: LoadModelOptions): HuggingFaceOptions {
  requireDirectoryOptions('longformer', options, DIRECTORY_OPTIONS);
  return options as HuggingFaceOptions;
}

/**
 * Checks the options for a directory with a Reformer, and chooses the rule of its streams.
 * @param config what its `config.json` says
 * @throws ConfigError `CONFIG_INVALID`, naming the option
 */
export function reformerOptions(
  options: LoadModelOptions,
  { causal, layers }: HuggingFaceReformerConfig['reformer'],
): HuggingFaceReformerOptions {
  requireDirectoryOptions('reformer', options, REFORMER_OPTIONS);
  const { overrides = {}, idColumns, ...rest } = options;
  if ((idColumns ?? 1) !== 1) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`idColumns\` to be 1 for a Reformer, which has no token types and counts positions itself, got ${show(idColumns)}`,
    );
  }
  const { lsh, positionPolicy } = overrides;
  if (lsh !== undefined && !layers.includes('lsh')) {
    throw new ConfigError('CONFIG_INVALID', `Expected \`lsh\` only together with an lsh layer, got ${show(lsh)}`);
  }
  const streams = causal === true && options.sequenceLength === undefined;
  return {
    ...(rest as HuggingFaceReformerOptions),
    ...(positionPolicy === undefined ? {} : { positionPolicy }),
    lsh: { rule: streams ? 'bucket-recency' : 'offline', ...lsh },
  };
}

function requireDirectoryOptions(family: Family, options: LoadModelOptions, fields: readonly string[]): void {
  requireFields(`the options for a ${family} directory`, options, fields);
  requireOverrides(family, options.overrides ?? {});
}

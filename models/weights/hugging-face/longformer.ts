import { buildTaskWeights, createTaskHead } from '../../heads/task/index.ts';
import type { EngineOptions } from '../../kernels/index.ts';
import {
  buildLongformerWeights,
  createLongformer,
  type LongformerConfig,
  longformerParameters,
  resolveLongformerConfig,
} from '../../longformer/index.ts';
import type { LongformerModel } from '../encoder-model.ts';
import { applyOverrides, isPinned, type LongformerOverrides } from '../overrides.ts';
import { requireTensors, takeTensor } from '../take-tensors.ts';
import type { TensorSource } from '../tensor-source.ts';
import { type LongformerArchitecture, parseLongformerConfig } from './longformer-config.ts';
import { type FoundHead, findHead, requireLabels, requireRepeats } from './longformer-head.ts';
import { encoderName } from './longformer-names.ts';

/** How to load a Longformer of Hugging Face. */
export interface HuggingFaceOptions extends EngineOptions {
  /** `ids` (default), or `direct`: rows of width `hiddenSize` in place of the words (`inputs_embeds`). */
  readonly input?: 'ids' | 'direct';
  /** Columns of a row of ids: the id, the token type, the position. Default 1. */
  readonly idColumns?: 1 | 2 | 3;
  /** Load as this class rather than the one in the file; `LongformerModel` leaves the head of another class out. */
  readonly architecture?: LongformerArchitecture;
  /** Changes to what a token sees. With `sinks` or `globals` the two-way global projections are left out. */
  readonly overrides?: LongformerOverrides;
}

/**
 * Builds a Longformer from a Hugging Face configuration and its tensors, names and shapes as `save_pretrained` writes
 * them. A decoder that is not stored is the table of words.
 * @param json the content of `config.json`
 * @throws ConfigError `CONFIG_INVALID`; WeightsError `WEIGHTS_MISMATCH` (all missing, unexpected and misshapen tensors at
 *   once), `WEIGHTS_NOT_FINITE`
 */
export function longformerFromHuggingFace(
  json: unknown,
  source: TensorSource,
  options: HuggingFaceOptions = {},
): LongformerModel {
  const parsed = parseLongformerConfig(json, options.architecture);
  const config = resolveLongformerConfig(applyOptions(parsed.longformer, options));
  const prefix = [...source.tensors.keys()].some((name) => name.startsWith('longformer.')) ? 'longformer.' : '';
  const nameOf = (parameter: string): string => `${prefix}${encoderName(parameter)}`;
  const found = findHead(parsed, source, { config, prefix });
  requireLabels(parsed.labels, found?.config);
  const wanted = longformerParameters(config).map(({ name, shape }) => ({ name: nameOf(name), shape }));
  requireTensors(source, [...wanted, ...(found?.wanted ?? [])], {
    model: parsed.architecture,
    ignore: (name) => isIgnored(name, { prefix, options, repeats: found?.repeats ?? [] }),
  });
  requireRepeats(source, found?.repeats ?? []);
  const weights = buildLongformerWeights(config, (name) => takeTensor(source, nameOf(name)));
  const model = {
    encoder: createLongformer(config, { weights }, options),
    labels: parsed.labels,
    origin: json as Record<string, unknown>,
  };
  if (found === undefined) return model;
  const take = (name: string): Float32Array => takeTensor(source, found.nameOf(name));
  const headWeights = buildTaskWeights(found.config, take, weights.embedding.words);
  return { ...model, head: createTaskHead(found.config, headWeights) };
}

function applyOptions(config: LongformerConfig, options: HuggingFaceOptions): LongformerConfig {
  const merged = applyOverrides(config, options.overrides ?? {});
  if (options.input !== 'direct') return { ...merged, inputSize: options.idColumns ?? 1 };
  const { vocabSize: _, padId: __, ...rest } = merged;
  return { ...rest, input: 'direct', inputSize: merged.hiddenSize };
}

/** Tensors that may lie in a file and are not read. */
function isIgnored(
  name: string,
  rule: { readonly prefix: string; readonly options: HuggingFaceOptions; readonly repeats: FoundHead['repeats'] },
): boolean {
  const { prefix, options, repeats } = rule;
  const bare = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  if (bare === 'embeddings.position_ids' || repeats.some((repeat) => repeat.name === name)) return true;
  if (prefix !== '' && bare.startsWith('pooler.')) return true;
  if (options.input === 'direct' && bare === encoderName('embedding.words')) return true;
  if (isPinned(options.overrides ?? {}) && /\.(query|key|value)_global\./.test(bare)) return true;
  return options.architecture === 'LongformerModel' && /^(lm_head|classifier|qa_outputs)\./.test(bare);
}

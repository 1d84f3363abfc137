import { ConfigError } from '../../core/index.ts';
import { type Encoder, EncoderCache } from '../workers/encoder-cache.ts';
import type { EncoderSpec, ModelSpec } from '../workers/model-spec.ts';
import { hopSamplesOf } from './token-hop.ts';

/** How a stream forgets: what lies before its receptive field leaves no bit behind. */
export interface ReplayField {
  /** Tokens after its first one from which a stream that began later has the bits of one that began earlier. */
  readonly reachTokens: number;
  /** That holds where the later one begins a multiple of so many tokens behind the earlier one. */
  readonly periodTokens: number;
  /** Samples from token to token. */
  readonly hopSamples: number;
}

/** Keys that a window adds up in one go: lanes of its sums repeat after so many. */
const BLOCK_TOKENS = 32;

/**
 * The receptive field of a model, for those that have one and forget all else bit for bit.
 * @throws ConfigError `CONFIG_INVALID` that names the part with a longer memory; WeightsError where a model cannot be read
 */
export async function replayField(spec: ModelSpec): Promise<ReplayField> {
  if (spec.kind !== 'embedding') throw refused(`the ${spec.kind} head, whose statistics go back to the first token`);
  if (spec.front.kind === 'scale') throw refused('`front.scale`, whose means go back to the first row');
  return { ...fieldOf(await encoderOf(spec.encoder)), hopSamples: hopSamplesOf(spec) };
}

function encoderOf(spec: EncoderSpec): Promise<Encoder> {
  // Only its configuration is asked for, so the engine does not matter; nothing is kept.
  return new EncoderCache().get({ ...spec, engine: 'reference' });
}

function fieldOf({ family, config }: Encoder): Omit<ReplayField, 'hopSamples'> {
  if (family !== 'longformer') throw refused('a Reformer, whose buckets and chunks are laid out from the first token');
  if (config.input === 'ids') throw refused('a model of ids, which names a wrong one by its place behind the first');
  if (config.position !== 'none') throw refused(`\`position\` ${config.position}, which counts from the first token`);
  if (config.sinks > 0) throw refused(`${config.sinks} sinks, the first tokens, which stay visible`);
  if (config.globals > 0) throw refused('global tokens, which stay visible');
  if (config.readout !== undefined) throw refused('a read-out, whose sums go back to the first token');
  const widest = (layer: number): number => Math.max(...(config.dilation[layer] ?? [1]));
  return {
    reachTokens: config.window.reduce((sum, keys, layer) => sum + (keys - 1) * widest(layer), 0),
    periodTokens: BLOCK_TOKENS * config.dilation.flat().reduce(leastCommonMultiple, 1),
  };
}

function refused(part: string): ConfigError {
  return new ConfigError(
    'CONFIG_INVALID',
    `Expected \`checkpoint.restore\` to be snapshot beside ${part}, got replay: the state cannot be had again from its last inputs`,
  );
}

function leastCommonMultiple(a: number, b: number): number {
  return (a * b) / greatestCommonDivisor(a, b);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

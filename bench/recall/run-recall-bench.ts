import { existsSync } from 'node:fs';
import { InputError, requireInteger } from '../../core/index.ts';
import type { RecallMeasurement } from './measurement.ts';
import { recallBench } from './recall-bench.ts';
import { describeAtPrice, describeBlock, describeRow } from './report.ts';
import { type RecallAtPrice, samePrice } from './same-price.ts';
import { clusteredSettings, realSettings, type Setting } from './setting.ts';
import { audioTokens } from './tokens/audio-tokens.ts';
import { clusteredTokens } from './tokens/clustered-tokens.ts';
import { sensorTokens } from './tokens/sensor-tokens.ts';
import type { TokenSet } from './tokens/token-set.ts';

/** What to measure and how to show it. */
export interface RunRecallOptions {
  /** WAV files, or folders of them; what is not there is skipped, and said so. */
  readonly audio: readonly string[];
  /** CSV files; what is not there is skipped, and said so. */
  readonly sensors: readonly string[];
  /** Tokens of the made-up clusters, 0 (none) or 128..65536. */
  readonly clustered: number;
  /** Most tokens of a recording, 128..65536; whole chunks of 32 are taken. */
  readonly tokens: number;
  /** Scales each channel of a recording, see `scale`; otherwise tokens are as a pipeline without a scale gives them. */
  readonly scaled: boolean;
  /** Distance of two queries in tokens, 1..1024. */
  readonly queryStep: number;
  /** 0..2^32-1, of weights, rotations and clusters. */
  readonly seed: number;
  /** One JSON object a line instead of tables. */
  readonly json: boolean;
  /** Takes the results. */
  readonly write: (text: string) => void;
  /** Takes what was skipped, without a line end. */
  readonly note: (text: string) => void;
}

/** Everything that the bench can tell. */
export type RecallLine = RecallMeasurement | RecallAtPrice;

const CHUNK = 32;
const LEAST_TOKENS = 4 * CHUNK;

/**
 * Measures what LSH rules see of full attention, beside a window of as many keys, on recordings and on made-up clusters,
 * and prints each figure as it is measured.
 * @returns everything that was measured
 * @throws ConfigError `CONFIG_INVALID`; InputError of a file that cannot be read or has fewer than 128 tokens
 */
export async function runRecallBench(options: RunRecallOptions): Promise<readonly RecallLine[]> {
  requireInteger('tokens', options.tokens, { min: LEAST_TOKENS, max: 65_536 });
  requireInteger('queryStep', options.queryStep, { min: 1, max: 1024 });
  requireInteger('seed', options.seed, { min: 0, max: 2 ** 32 - 1 });
  const clustered = requireInteger('clustered', options.clustered, { min: 0, max: 65_536 });
  const files = { maxTokens: options.tokens, scaled: options.scaled };
  const measured: RecallLine[] = [];
  const measure = (set: TokenSet, settings: (tokens: number) => readonly Setting[]): void => {
    const whole = wholeChunks(set);
    measured.push(...printed(options, whole, settings(whole.tokens.length / whole.width)));
  };
  for (const path of present(options, 'audio')) measure(await audioTokens(path, files), realSettings);
  for (const path of present(options, 'sensors')) measure(await sensorTokens(path, files), realSettings);
  if (clustered > 0) measure(clusteredTokens(clustered, options.seed), clusteredSettings);
  return measured;
}

function present(options: RunRecallOptions, kind: 'audio' | 'sensors'): readonly string[] {
  return options[kind].filter((path) => {
    if (existsSync(path)) return true;
    options.note(`${kind} skipped, nothing at ${path}`);
    return false;
  });
}

function wholeChunks(set: TokenSet): TokenSet {
  const count = set.tokens.length / set.width;
  if (count < LEAST_TOKENS) {
    throw new InputError('INPUT_EMPTY', `Expected at least ${LEAST_TOKENS} tokens, got ${Math.floor(count)}`, {
      source: set.name,
    });
  }
  return { ...set, tokens: set.tokens.subarray(0, Math.floor(count / CHUNK) * CHUNK * set.width) };
}

/** Rows of several kinds of vectors come in turn; for people they are sorted into blocks, each printed when it is whole. */
function printed(
  { json, write, seed, queryStep }: RunRecallOptions,
  set: TokenSet,
  settings: readonly Setting[],
): RecallLine[] {
  const blocks = new Map<RecallMeasurement['vectors'], RecallMeasurement[]>();
  const measured: RecallMeasurement[] = [];
  for (const measurement of recallBench({ set, settings, seed, queryStep })) {
    measured.push(measurement);
    if (json) {
      write(`${JSON.stringify(measurement)}\n`);
      continue;
    }
    const block = blocks.get(measurement.vectors) ?? [];
    blocks.set(measurement.vectors, [...block, measurement]);
    if (block.length + 1 < settings.length) continue;
    write(`${describeBlock(measurement)}${[...block, measurement].map(describeRow).join('\n')}\n`);
  }
  const atPrice = samePrice(measured);
  if (json) for (const line of atPrice) write(`${JSON.stringify(line)}\n`);
  else write(describeAtPrice(atPrice));
  return [...measured, ...atPrice];
}

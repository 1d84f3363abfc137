import { basename } from 'node:path';
import { csvSource } from '../../../connectors/index.ts';
import { type TokenOptions, type TokenSet, tokenRows } from './token-set.ts';

/** Values of a single series that make one token. */
const LAGS = 32;

/**
 * Tokens of a CSV file: its rows, where it has several channels; where it has one, the last 32 values at every row.
 * Channels that never fall (counters, constants) are left out.
 * @throws InputError as `csvSource`
 */
export async function sensorTokens(path: string, options: TokenOptions): Promise<TokenSet> {
  const { maxTokens } = options;
  const rows: number[][] = [];
  for await (const { samples, channels } of csvSource({ path, onBackwardTime: 'accept' }).open()) {
    for (let at = 0; at < samples.length; at += channels) rows.push([...samples.subarray(at, at + channels)]);
    if (rows.length >= maxTokens + LAGS) break;
  }
  rows.splice(maxTokens + LAGS);
  const falling = (rows[0] ?? []).map((_, c) =>
    rows.some((row, t) => t > 0 && (row[c] as number) < (rows[t - 1]?.[c] as number)),
  );
  const kept = rows.map((row) => row.filter((_, c) => falling[c]));
  const channels = kept[0]?.length ?? 0;
  const values = channels === 0 ? new Float32Array(0) : tokenRows(Float64Array.from(kept.flat()), channels, options);
  const { width, tokens } = channels === 1 ? lagged(values) : { width: Math.max(1, channels), tokens: values };
  return { kind: 'sensors', name: basename(path), width, tokens: tokens.subarray(0, maxTokens * width) };
}

/** Windows of the last {@link LAGS} values, oldest first, one for each value that has as many behind it. */
function lagged(series: Float32Array): { readonly width: number; readonly tokens: Float32Array } {
  const count = Math.max(0, series.length - LAGS + 1);
  const tokens = new Float32Array(count * LAGS);
  for (let t = 0; t < count; t++) tokens.set(series.subarray(t, t + LAGS), t * LAGS);
  return { width: LAGS, tokens };
}

import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { wavSource } from '../../../connectors/index.ts';
import { InputError } from '../../../core/index.ts';
import { LogMelStream } from '../../../operators/index.ts';
import { type TokenOptions, type TokenSet, tokenRows } from './token-set.ts';

/**
 * Log-mel tokens of a WAV file, or of all WAV files of a folder one after the other, in the order of their names: 64
 * bands every 10 ms.
 * @throws InputError as `wavSource`; `INPUT_EMPTY` for a folder without WAV files, `SAMPLE_RATE_MISMATCH` where files differ
 */
export async function audioTokens(path: string, options: TokenOptions): Promise<TokenSet> {
  const { maxTokens } = options;
  const parts: Float32Array[] = [];
  let count = 0;
  let logMel: LogMelStream | undefined;
  for (const file of wavFiles(path)) {
    for await (const chunk of wavSource({ path: file, channelMix: 'mono' }).open()) {
      logMel ??= new LogMelStream({ sampleRateHz: chunk.sampleRateHz });
      if (logMel.sampleRateHz !== chunk.sampleRateHz) {
        throw new InputError(
          'SAMPLE_RATE_MISMATCH',
          `Expected all files of a folder at ${logMel.sampleRateHz} Hz, got ${chunk.sampleRateHz} Hz`,
          { source: file },
        );
      }
      const tokens = logMel.push(chunk.samples);
      parts.push(tokens);
      count += tokens.length / logMel.width;
      if (count >= maxTokens) break;
    }
    if (count >= maxTokens) break;
  }
  const width = logMel?.width ?? 1;
  const rows = Float64Array.from(parts.flatMap((part) => [...part])).subarray(0, maxTokens * width);
  return { kind: 'audio', name: basename(path), width, tokens: tokenRows(rows, width, options) };
}

function wavFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /\.wav$/i.test(name)).sort();
  if (files.length === 0) {
    throw new InputError('INPUT_EMPTY', 'Expected WAV files in the folder (FLAC is not read), got none', {
      source: path,
    });
  }
  return files.map((name) => join(path, name));
}

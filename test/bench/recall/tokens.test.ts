import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { audioTokens } from '../../../bench/recall/tokens/audio-tokens.ts';
import { clusteredTokens } from '../../../bench/recall/tokens/clustered-tokens.ts';
import { sensorTokens } from '../../../bench/recall/tokens/sensor-tokens.ts';
import { InputError } from '../../../core/index.ts';
import { LogMelStream, StreamingScale } from '../../../operators/index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recall-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A mono WAV file of 16-bit samples. */
function writeWav(name: string, samples: Int16Array, sampleRateHz = 16_000): string {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(2 * sampleRateHz, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
  return path;
}

const tone = (length: number, period: number): Int16Array =>
  new Int16Array(length).map((_, i) => 8000 * Math.sin((2 * Math.PI * i) / period) * Math.sin(i / 900));

const scaled = (rows: Float32Array | Float64Array, channels: number): Float32Array => {
  const scale = new StreamingScale({ channels, warmupRows: 512 });
  scale.push(rows);
  return scale.flush();
};

describe('audio tokens', () => {
  it('are the scaled log-mel rows of a file, as many as asked for at most', async () => {
    const samples = tone(16_000, 40);
    const mel = new LogMelStream().push(Float32Array.from(samples, (sample) => sample / 32_768));
    const path = writeWav('a.wav', samples);
    const { tokens, ...rest } = await audioTokens(path, { maxTokens: 60, scaled: true });
    expect(rest).toEqual({ kind: 'audio', name: 'a.wav', width: 64 });
    expect(tokens).toEqual(scaled(mel.subarray(0, 60 * 64), 64));
    expect((await audioTokens(path, { maxTokens: 4096, scaled: true })).tokens).toHaveLength(98 * 64);
  });

  it('are the log-mel rows as they are without a scale', async () => {
    const samples = tone(4000, 40);
    const mel = new LogMelStream().push(Float32Array.from(samples, (sample) => sample / 32_768));
    const { tokens } = await audioTokens(writeWav('a.wav', samples), { maxTokens: 4096, scaled: false });
    expect(tokens).toEqual(mel);
  });

  it('of a folder are those of its WAV files one after the other, by name', async () => {
    const [first, second] = [tone(4000, 40), tone(4000, 25)];
    writeWav('b.wav', second);
    writeWav('a.WAV', first);
    writeFileSync(join(folder, 'notes.txt'), 'no sound');
    const both = Float32Array.from([...first, ...second], (sample) => sample / 32_768);
    const { tokens } = await audioTokens(folder, { maxTokens: 4096, scaled: true });
    expect(tokens).toEqual(scaled(new LogMelStream().push(both), 64));
  });

  it('refuse a folder without WAV files, and files of different rates', async () => {
    await expect(audioTokens(folder, { maxTokens: 100, scaled: true })).rejects.toMatchObject({ code: 'INPUT_EMPTY' });
    writeWav('a.wav', tone(4000, 40));
    writeWav('b.wav', tone(4000, 40), 8000);
    await expect(audioTokens(folder, { maxTokens: 4096, scaled: true })).rejects.toMatchObject({
      code: 'SAMPLE_RATE_MISMATCH',
    });
  });
});

describe('sensor tokens', () => {
  const rows = Array.from({ length: 100 }, (_, t) => [t, Math.sin(t), Math.cos(3 * t), 7]);

  it('of several channels are the scaled rows without channels that never fall', async () => {
    const path = join(folder, 'many.csv');
    writeFileSync(path, `n,x,y,z\n${rows.map((row) => row.join(',')).join('\n')}\n`);
    const { width, tokens } = await sensorTokens(path, { maxTokens: 64, scaled: true });
    expect(width).toBe(2);
    // As many rows are read as windows of a single channel would need.
    const read = rows.slice(0, 96).flatMap(([, x, y]) => [x as number, y as number]);
    expect(tokens).toEqual(scaled(Float64Array.from(read), 2).subarray(0, 128));
  });

  it('of one channel are windows of its last 32 values', async () => {
    const path = join(folder, 'one.csv');
    writeFileSync(
      path,
      `timestamp,value\n${rows
        .map(([t, x]) => `2020-01-01 00:${String(t).padStart(2, '0').slice(-2)}:00,${x}`)
        .slice(0, 60)
        .join('\n')}\n`,
    );
    const { width, tokens } = await sensorTokens(path, { maxTokens: 1000, scaled: true });
    const series = scaled(
      Float64Array.from(rows.slice(0, 60), (row) => row[1] as number),
      1,
    );
    expect(width).toBe(32);
    expect(tokens).toHaveLength(29 * 32);
    expect(tokens.subarray(0, 32)).toEqual(series.subarray(0, 32));
    expect(tokens.subarray(28 * 32)).toEqual(series.subarray(28));
  });

  it('are none where no channel ever falls', async () => {
    const path = join(folder, 'flat.csv');
    writeFileSync(path, 'n,z\n1,7\n2,7\n3,7\n');
    expect((await sensorTokens(path, { maxTokens: 1000, scaled: true })).tokens).toHaveLength(0);
  });

  it('refuse a file that cannot be read', async () => {
    mkdirSync(join(folder, 'x.csv'));
    await expect(sensorTokens(join(folder, 'x.csv'), { maxTokens: 10, scaled: true })).rejects.toBeInstanceOf(
      InputError,
    );
  });
});

describe('clustered tokens', () => {
  it('lie around one of 32 centres each, which do not follow from one another', () => {
    const { width, tokens } = clusteredTokens(600, 4);
    const distance = (a: number, b: number): number => {
      let sum = 0;
      for (let c = 0; c < width; c++)
        sum += ((tokens[a * width + c] as number) - (tokens[b * width + c] as number)) ** 2;
      return sum / width;
    };
    // Within a cluster the mean square distance is 2 · 0.25 a channel, between clusters 2 + 0.5.
    const first = Array.from({ length: 599 }, (_, i) => distance(0, i + 1));
    expect(first.filter((square) => square > 1.2 && square < 1.3)).toEqual([]);
    const near = first.filter((square) => square < 1.2).length;
    expect(near).toBeGreaterThan(5);
    expect(near).toBeLessThan(45);
    const repeats = Array.from({ length: 599 }, (_, i) => distance(i, i + 1)).filter((square) => square < 1.2);
    expect(repeats.length).toBeLessThan(45);
  });

  it('are the same for the same seed only', () => {
    expect(clusteredTokens(20, 4)).toEqual(clusteredTokens(20, 4));
    expect(clusteredTokens(20, 4).tokens).not.toEqual(clusteredTokens(20, 5).tokens);
  });
});

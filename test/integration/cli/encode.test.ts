import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { longwave } from './run-command.ts';

const RECORDING = join(dirname(createRequire(import.meta.url).resolve('node-wav/package.json')), 'file.wav');
/** 1 s of the recording, its header telling the whole size: a truncated file. */
const truncated = readFileSync(RECORDING).subarray(0, 32_000);

let folder: string;
const file = (name: string, bytes: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-encode-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A WAV of one second whose header says that its size is unknown, as a pipe writes it. */
function endless(sampleRateHz = 16_000): Buffer {
  const header = Buffer.from(readFileSync(RECORDING).subarray(0, 44));
  header.writeUInt32LE(0xffffffff, 4);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(sampleRateHz * 2, 28);
  header.writeUInt32LE(0xffffffff, 40);
  return Buffer.concat([header, readFileSync(RECORDING).subarray(44, 44 + 32_000)]);
}

describe('longwave encode', () => {
  it('prints one embedding per 10 ms, whose float32 bits survive the text', async () => {
    const { code, stdout } = await longwave(['encode', file('second.wav', endless())]);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([code, lines.length]).toEqual([0, 98]);
    expect(lines.map((line) => line.startSample)).toEqual(lines.map((_, token) => token * 160));
    expect(
      lines.every(
        (line) => line.embedding.length === 64 && line.embedding.every((value: number) => Math.fround(value) === value),
      ),
    ).toBe(true);
  });

  it('prints the same bytes from a pipe of unknown size, however it is cut', async () => {
    const wav = endless();
    const whole = (await longwave(['encode', file('second.wav', wav)])).stdout;
    for (const size of [1, 997, 6000]) {
      const head = Array.from({ length: 200 }, (_, i) => wav.subarray(i * size, (i + 1) * size));
      const { stdout, code } = await longwave(['encode', '-'], [...head, wav.subarray(200 * size)]);
      expect([code, stdout === whole]).toEqual([0, true]);
    }
  });

  it('encodes the rows of a CSV, each with its time', async () => {
    const csv = `time,a\n${Array.from({ length: 130 }, (_, i) => `2026-01-01 00:${String(Math.floor(i / 60)).padStart(2, '0')}:${String(i % 60).padStart(2, '0')},${i % 11}`).join('\n')}\n`;
    const { code, stdout } = await longwave(['encode', '-', '--json'], csv);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([code, lines.length, lines[129].time]).toEqual([0, 130, '2026-01-01 00:02:09']);
  });

  it.each([
    ['a truncated WAV', truncated, 'WAV_TRUNCATED'],
    ['a WAV at another rate', endless(8000), 'SAMPLE_RATE_MISMATCH'],
    ['a header that lies', Buffer.from('RIFF\u0010\u0000\u0000\u0000WAVEfmt ', 'latin1'), 'WAV_'],
    ['an empty file', '', 'INPUT_EMPTY'],
  ])('ends with 3 and one typed line on %s', async (_, bytes, errorCode) => {
    const { code, stderr } = await longwave(['encode', file('bad.wav', bytes)]);
    expect(code).toBe(3);
    expect(stderr).toMatch(new RegExp(`^longwave: .*Expected .* \\[${errorCode}[A-Z_]*\\]\\n$`));
  });

  it('writes what came before the end of a truncated WAV', async () => {
    const { stdout } = await longwave(['encode', file('cut.wav', truncated)]);
    expect(stdout.trimEnd().split('\n').length).toBe(Math.floor((((32_000 - 44) >> 1) - 400) / 160) + 1);
  });
});

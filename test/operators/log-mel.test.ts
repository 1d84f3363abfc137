import { from, lastValueFrom, of, reduce } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { TokenBlock } from '../../core/index.ts';
import { logMel } from '../../operators/index.ts';
import { audioChunk } from './chunks.ts';
import { describeOperator } from './operator-contract.ts';

/** What digital silence gives, by the specification: ln 0.001 in every band. */
const silence = (startToken: number, count: number): TokenBlock => ({
  streamId: 's',
  startToken,
  tokens: new Float32Array(64 * count).fill(Math.log(0.001)),
  width: 64,
  originSample: 0,
  hopSamples: 160,
  frameSamples: 400,
  sampleRateHz: 16000,
  originTimeMs: undefined,
});

describeOperator('logMel', {
  operator: () => logMel({ sampleRateHz: 16000 }),
  items: [
    audioChunk(0, new Float32Array(399)),
    audioChunk(399, new Float32Array(161)),
    audioChunk(560, new Float32Array(320)),
  ],
  outputs: { a: [silence(0, 0)], b: [silence(0, 2)], c: [silence(2, 2)] },
  atEnd: { afterA: [], afterC: [] },
  *endless() {
    for (let i = 0; ; i++) yield audioChunk(400 * i, new Float32Array(400));
  },
  pulledForOne: 1,
});

describe('logMel', () => {
  it('gives 98 tokens for a second', async () => {
    const chunks = Array.from({ length: 10 }, (_, i) => audioChunk(1600 * i, new Float32Array(1600)));
    const count = reduce((sum: number, block: TokenBlock) => sum + block.tokens.length / 64, 0);
    expect(await lastValueFrom(from(chunks).pipe(logMel(), count))).toBe(98);
  });

  it('refuses audio of another rate', async () => {
    const chunk = audioChunk(0, [0], { sampleRateHz: 44100 });
    await expect(lastValueFrom(of(chunk).pipe(logMel()))).rejects.toMatchObject({
      code: 'SAMPLE_RATE_MISMATCH',
      message: 's: Expected `sampleRateHz` to be 16000, got 44100',
    });
  });

  it('refuses two channels', async () => {
    const chunk = audioChunk(0, [0, 0], { channels: 2 });
    await expect(lastValueFrom(of(chunk).pipe(logMel()))).rejects.toMatchObject({ name: 'ShapeError' });
  });

  it('refuses options out of range when it is made', () => {
    expect(() => logMel({ melBins: 0 })).toThrow(expect.objectContaining({ name: 'ConfigError' }));
  });
});

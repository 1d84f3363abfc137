import { describe, expect, it } from 'vitest';
import { memorySink, memorySource } from '../../../connectors/index.ts';

describe('memorySource', () => {
  it('begins anew at each open of an array', async () => {
    const source = memorySource([1, 2, 3]);
    for (let turn = 0; turn < 2; turn++) {
      const items: number[] = [];
      for await (const item of source.open()) items.push(item);
      expect(items).toEqual([1, 2, 3]);
    }
  });
});

describe('memorySink', () => {
  it('keeps what it takes, in order', async () => {
    const sink = memorySink<number>();
    await sink.write([1, 2]);
    await sink.write([3]);
    await sink.close();
    expect(sink.items).toEqual([1, 2, 3]);
    expect(sink.closed).toBe(true);
  });

  it('refuses to write after it is closed', async () => {
    const sink = memorySink<number>();
    await sink.close();
    await sink.close();
    await expect(sink.write([1])).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
  });
});

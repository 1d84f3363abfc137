import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { memorySink, memorySource } from '../../../connectors/index.ts';
import { type Finding, findingToJson, ModelPool, runStream, StreamTask } from '../../../pipeline/index.ts';
import { CASES, chunksOf, type StreamCase } from './stream-cases.ts';

const pool = new ModelPool({ workers: 1 });
afterAll(() => pool.close());

/** NDJSON of a whole run over the samples cut before the given rows. */
async function ndjson(one: StreamCase, cuts: readonly number[]): Promise<string> {
  const sink = memorySink<Finding>();
  const columns = ['a', 'b'].slice(0, one.channels);
  await runStream({
    source: memorySource(chunksOf(one, cuts), 'test'),
    task: new StreamTask(pool, { spec: one.spec, streamId: 'test', columns }),
    sink,
  });
  return sink.items.map(findingToJson).join('\n');
}

describe('a stream', () => {
  it.each(Object.entries(CASES))('gives byte-identical NDJSON for any split: %s', async (_, one) => {
    const rows = one.samples.length / one.channels;
    const whole = await ndjson(one, []);
    expect(whole.length).toBeGreaterThan(100);
    expect(
      await ndjson(
        one,
        Array.from({ length: rows }, (_, row) => row),
      ),
    ).toBe(whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: rows }), { maxLength: 20 }), async (cuts) => {
        expect(await ndjson(one, cuts)).toBe(whole);
      }),
      { numRuns: 15 },
    );
  });

  it.each(['embeddings of rows', 'embeddings of rows with look-ahead', 'rows that are all owed until the end'])(
    'puts the time text of its own row to every token: %s',
    async (name) => {
      const lines = (await ndjson(CASES[name] as StreamCase, [7, 31])).split('\n').map((line) => JSON.parse(line));
      expect(lines.map(({ token, time }) => [token, time])).toEqual(
        Array.from({ length: 60 }, (_, row) => [row, `t${row}`]),
      );
    },
  );
});

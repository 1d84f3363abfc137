import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { memorySink, memorySource } from '../../../connectors/index.ts';
import { type Chunk, ConnectorError, InputError } from '../../../core/index.ts';
import { type Finding, ModelPool, type ModelSpec, runStream, StreamTask } from '../../../pipeline/index.ts';

const pool = new ModelPool({ workers: 1 });
afterAll(() => pool.close());

const IDS: ModelSpec = {
  kind: 'embedding',
  front: { kind: 'none', channels: 1 },
  encoder: { model: fileURLToPath(new URL('../../fixtures/hf/longformer-checkpoint', import.meta.url)) },
};
const SCALED: ModelSpec = {
  kind: 'embedding',
  front: { kind: 'scale', channels: 1, warmupRows: 100 },
  encoder: { longformer: { inputSize: 1, hiddenSize: 8, numLayers: 1, numHeads: 1, window: 4, lookAhead: 3 }, seed: 1 },
};

const chunk = (startSample: number, values: readonly number[]): Chunk => ({
  ...{ streamId: 'ids', startSample, sampleRateHz: 0, channels: 1, eventTimeMs: undefined },
  samples: Float64Array.from(values),
  timeTexts: values.map((_, i) => `t${startSample + i}`),
});

async function run(
  spec: ModelSpec,
  items: Iterable<Chunk>,
  write?: () => Promise<void>,
): Promise<[Finding[], unknown]> {
  const sink = memorySink<Finding>();
  const task = new StreamTask(pool, { spec, streamId: 'ids', columns: ['id'] });
  const stream = { source: memorySource(items, 'test'), task, sink: write === undefined ? sink : { ...sink, write } };
  const error = await runStream(stream).then(
    () => undefined,
    (fault: unknown) => fault,
  );
  return [[...sink.items], error];
}

const ids = Array.from({ length: 40 }, (_, i) => 3 + ((5 * i) % 90));

describe('runStream', () => {
  it.each([1, 7, 40])('writes what stands before an unknown id, cut into chunks of %i rows', async (rows) => {
    const bad = ids.with(29, 97);
    const chunks = Array.from({ length: Math.ceil(40 / rows) }, (_, i) =>
      chunk(i * rows, bad.slice(i * rows, (i + 1) * rows)),
    );
    const [found, error] = await run(IDS, chunks);
    expect(error).toMatchObject({ code: 'TOKEN_INVALID', message: expect.stringContaining('token 29 ') });
    const [before] = await run(IDS, [chunk(0, ids.slice(0, 29))]);
    expect(found.map(({ value }) => value.time)).toEqual(Array.from({ length: 29 }, (_, i) => `t${i}`));
    expect(found).toEqual(before);
  });

  it('writes what front and look-ahead held back before a fault of the source, and tells that fault', async () => {
    const [found, error] = await run(
      SCALED,
      (function* () {
        yield chunk(0, ids.slice(0, 20));
        throw new InputError('CSV_MALFORMED', 'Expected a row');
      })(),
    );
    expect(error).toMatchObject({ code: 'CSV_MALFORMED' });
    expect(found).toEqual((await run(SCALED, [chunk(0, ids.slice(0, 20))]))[0]);
    expect(found.length).toBe(20);
  });

  it('tells the fault of a sink and asks it for nothing more', async () => {
    let writes = 0;
    const [, error] = await run(IDS, [chunk(0, ids), chunk(40, ids.slice(0, 20))], async () => {
      writes += 1;
      throw new ConnectorError('SINK_FAILED', 'Expected room on the disk');
    });
    expect([(error as ConnectorError).code, writes]).toEqual(['SINK_FAILED', 1]);
  });
});

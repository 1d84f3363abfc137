import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedBroker, embeddedBroker, type OutgoingRecord } from '../../../connectors/index.ts';
import { Random } from '../../../core/index.ts';
import { ModelPool } from '../../../pipeline/index.ts';
import { EmbeddedPipeline } from './embedded-pipeline.ts';

const KEYS = 3000;
/** Rows of a key: in two records, all first ones before all second ones. */
const ROWS = 4;

describe('thousands of keys on one partition', () => {
  let broker: EmbeddedBroker;
  let pool: ModelPool;
  let pipeline: EmbeddedPipeline;
  let later: readonly OutgoingRecord[];

  beforeAll(async () => {
    pool = new ModelPool({ workers: 1 });
    broker = embeddedBroker();
    pipeline = new EmbeddedPipeline(broker, pool);
    const random = new Random(3);
    const records = Array.from({ length: 2 * KEYS }, (_, index): OutgoingRecord => {
      const rows = Array.from({ length: ROWS / 2 }, () => ({ a: random.nextSymmetric(1), b: random.nextSymmetric(1) }));
      return { key: `sensor-${index % KEYS}`, value: JSON.stringify(rows), partition: 0, timestampMs: 1e12 };
    });
    const known = records.slice(0, 1.5 * KEYS);
    later = records.slice(known.length);
    await pipeline.fill(known, 1);
  });
  afterAll(async () => {
    await pool.close();
    await broker.close();
  });

  it('give the same bytes when their process dies with all of them open and another one takes them over', async () => {
    await pipeline.run('dies', { end: 'die' });
    await pipeline.send(later);
    const [restored] = (await pipeline.run('dies')).filter(({ event }) => event === 'restored');
    expect(restored).toMatchObject({ streams: KEYS });

    await pipeline.run('unfailed');
    const expected = await pipeline.output('unfailed');
    expect(new Set(expected.map((line) => JSON.parse(line)[2])).size).toBe(KEYS);
    expect(await pipeline.output('dies')).toEqual(expected);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedBroker, embeddedBroker, type OutgoingRecord } from '../../../connectors/index.ts';
import { Random } from '../../../core/index.ts';
import { ModelPool } from '../../../pipeline/index.ts';
import { EmbeddedPipeline } from './embedded-pipeline.ts';
import { expectExact } from './expect-exact.ts';

const RECORDS = 80;
const random = new Random(7);

/** Walks of three keys on two partitions, with pills among them and a rest that ends one stream. */
function inputRecord(index: number): OutgoingRecord {
  const key = index > 40 && index < 70 ? index % 2 : index % 3;
  const rows = Array.from({ length: 4 }, () => ({ a: random.nextSymmetric(3), b: index + random.nextUnit() }));
  const value = index % 13 === 5 ? 'no JSON' : JSON.stringify(rows);
  return { key: `sensor-${key}`, value, partition: key % 2, timestampMs: 1e12 + index * 30 };
}

describe('a pipeline over the embedded broker', () => {
  let broker: EmbeddedBroker;
  let pool: ModelPool;
  let pipeline: EmbeddedPipeline;
  let expected: readonly string[];

  beforeAll(async () => {
    pool = new ModelPool({ workers: 1 });
    broker = embeddedBroker();
    pipeline = new EmbeddedPipeline(broker, pool);
    await pipeline.fill(
      Array.from({ length: RECORDS }, (_, index) => inputRecord(index)),
      2,
    );
    await pipeline.run('unfailed');
    expected = await pipeline.output('unfailed');
  });
  afterAll(async () => {
    await pool.close();
    await broker.close();
  });

  it('gives findings and dead letters of all of its input', () => {
    expect(expected.filter((line) => line.startsWith('[".dead"')).length).toBe(6);
    expect(expected.length).toBeGreaterThan(4 * (RECORDS - 6) - 10);
  });

  it('names each finding once, also those of a stream that ended and began anew with its first row', () => {
    const findings = expected.filter((line) => line.startsWith('[".out"')).map((line) => JSON.parse(line));
    const ids = findings.map(([, , , , headers]) => Object.fromEntries(headers).ce_id as string);
    expect(new Set(ids).size).toBe(ids.length);
    const lives = new Set(ids.filter((id) => id.startsWith('embedding/sensor-2/')).map((id) => id.split('/')[2]));
    expect(lives.size).toBe(2);
    const tokens = findings.filter(([, , key]) => key === 'sensor-2').map(([, , , value]) => JSON.parse(value).token);
    expect(tokens.filter((token) => token === 0).length).toBe(2);
  });

  it('commits the same bytes wherever its processes die', async () => {
    const deaths = await expectExact({ pipeline, expected, rounds: 100 });
    expect(deaths).toBeGreaterThan(100);
  });
});

describe('a pipeline over input that comes out of order and twice', () => {
  const REORDER = { input: '{ reorder: { maxChunks: 8 } }' };
  /** Pairs of records change places at random over a few places; some come again. */
  const shuffled = (records: readonly OutgoingRecord[]): readonly OutgoingRecord[] => {
    const places = records.map((record, index) => ({ record, at: index + 6 * random.nextUnit() }));
    const copies = places.filter((_, index) => index % 5 === 0).map(({ record, at }) => ({ record, at: at + 9 }));
    return [...places, ...copies].sort((a, b) => a.at - b.at).map(({ record }) => record);
  };
  const ordered = Array.from({ length: RECORDS }, (_, index): OutgoingRecord => {
    const [key, first] = [index % 3, 4 * Math.floor(index / 3)];
    const rows = Array.from({ length: 4 }, (__, i) => ({ a: random.nextSymmetric(3), b: index + i, row: first + i }));
    return { key: `sensor-${key}`, value: JSON.stringify(rows), partition: key % 2, timestampMs: 1e12 };
  });

  it('gives the findings of the ordered input, the same bytes wherever its processes die', async () => {
    const pool = new ModelPool({ workers: 1 });
    const brokers = [embeddedBroker(), embeddedBroker()] as const;
    const [plain, mixed] = [new EmbeddedPipeline(brokers[0], pool), new EmbeddedPipeline(brokers[1], pool, REORDER)];
    await plain.fill(ordered, 2);
    await plain.run('plain');
    await mixed.fill(shuffled(ordered), 2);
    await mixed.run('mixed');
    const expected = await mixed.output('mixed');
    expect(embeddings(expected)).toEqual(embeddings(await plain.output('plain')));
    expect(expected.length).toBeGreaterThan(4 * RECORDS - 10);
    expect(await expectExact({ pipeline: mixed, expected, rounds: 20 })).toBeGreaterThan(20);
    await pool.close();
    await Promise.all(brokers.map((broker) => broker.close()));
  });
});

/** Keys and values, stream by stream. */
function embeddings(output: readonly string[]): unknown[] {
  const found = output.map((line) => JSON.parse(line)).map(([topic, , key, value]) => [topic, key, JSON.parse(value)]);
  return found.sort(([, a, { token: x }], [, b, { token: y }]) => (a === b ? x - y : a < b ? -1 : 1));
}

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedBroker,
  embeddedBroker,
  type KafkaRecord,
  type OutgoingRecord,
} from '../../../connectors/index.ts';
import { ModelPool } from '../../../pipeline/index.ts';
import { EmbeddedPipeline } from './embedded-pipeline.ts';

/** Ten rows of one stream. */
function rows(first: number): OutgoingRecord {
  const value = Array.from({ length: 10 }, (_, i) => ({ a: Math.sin(first + i), b: first + i, row: first + i }));
  return { key: 'sensor', value: JSON.stringify(value), partition: 0, timestampMs: 1e12 };
}

const header = (record: KafkaRecord, name: string): string =>
  Buffer.from(record.headers.get(`lw-dead-letter-${name}`) ?? []).toString();

describe('records that do not follow the one before', () => {
  let pool: ModelPool;
  let broker: EmbeddedBroker;

  beforeAll(() => {
    pool = new ModelPool({ workers: 1 });
  });
  afterAll(() => pool.close());
  beforeEach(() => {
    broker = embeddedBroker();
  });
  afterEach(() => broker.close());

  /** Runs over records that begin at these rows, in two processes, and tells what was put aside where. */
  async function aside(input: string, starts: readonly number[]): Promise<{ dead: string[]; late: string[] }> {
    const pipeline = new EmbeddedPipeline(broker, pool, { input });
    const half = starts.length >> 1;
    await pipeline.fill(starts.slice(0, half).map(rows), 1);
    await pipeline.run('order');
    await pipeline.send(starts.slice(half).map(rows));
    await pipeline.run('order');
    const told = (records: readonly KafkaRecord[]): string[] =>
      records.map((record) => `${header(record, 'offset')} ${header(record, 'error-code')}`);
    const admin = await pipeline.transport.admin();
    const isThere = (await admin.partitionCounts(['in.late'])).has('in.late');
    return {
      dead: told(await pipeline.read('order.dead')),
      late: isThere ? told(await pipeline.read('in.late')) : [],
    };
  }

  it('are dropped where they are duplicates, and put aside where they overlap or come late', async () => {
    const starts = [0, 10, 0, 30, 10, 25, 20, 40, 30];
    const dead = ['4 LATE_EVENT', '5 TIME_NOT_MONOTONIC', '6 LATE_EVENT'];
    expect(await aside('{}', starts)).toEqual({ dead, late: [] });
  });

  it('go to topics of their own where they are late, and aside where duplicates are not to be dropped', async () => {
    const input = '{ duplicates: dead-letter, late: topic }';
    const dead = ['1 TIME_NOT_MONOTONIC', '5 TIME_NOT_MONOTONIC'];
    expect(await aside(input, [0, 0, 10, 30, 20, 30, 40])).toEqual({ dead, late: ['4 LATE_EVENT'] });
  });

  it('are put aside behind a gap where the gap is not to be passed', async () => {
    const dead = ['1 TIME_NOT_MONOTONIC'];
    expect(await aside('{ gaps: dead-letter }', [0, 20, 10, 20])).toEqual({ dead, late: [] });
  });

  it('wait over a restart for what is missing', async () => {
    const reordered = '{ reorder: { maxChunks: 3 } }';
    expect(await aside(reordered, [0, 30, 20, 10, 40])).toEqual({ dead: [], late: [] });
    const pipeline = new EmbeddedPipeline(broker, pool, { input: reordered });
    const found = await pipeline.read('order.out');
    const tokens = found.map(({ value }) => JSON.parse(Buffer.from(value ?? []).toString()).token);
    expect(tokens).toEqual(Array.from(tokens, (_, token) => token));
    expect(tokens.length).toBeGreaterThan(40);
  });
});

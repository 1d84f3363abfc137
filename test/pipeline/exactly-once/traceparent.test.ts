import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmbeddedBroker,
  embeddedBroker,
  type KafkaRecord,
  type OutgoingRecord,
} from '../../../connectors/index.ts';
import { ModelPool } from '../../../pipeline/index.ts';
import { EmbeddedPipeline } from './embedded-pipeline.ts';

/** A `traceparent` whose trace is number `trace`. */
const traceOf = (trace: number): string => `00-${String(trace).padStart(32, '0')}-00000000000000ab-01`;

/** Two rows of the one stream, in a trace of their own. */
function rows(first: number, trace: number): OutgoingRecord {
  const value = JSON.stringify([first, first + 1].map((row) => ({ row, a: Math.sin(row), b: row })));
  const headers = { traceparent: traceOf(trace), tracestate: 'vendor=1' };
  return { key: 'sensor', value, headers, partition: 0, timestampMs: 1e12 + first };
}

const traceIn = ({ headers }: KafkaRecord): string => Buffer.from(headers.get('traceparent') ?? []).toString();

describe('the trace of an input record', () => {
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

  async function ran(guarantee: string, records: readonly OutgoingRecord[], sections = {}): Promise<EmbeddedPipeline> {
    const pipeline = new EmbeddedPipeline(broker, pool, { guarantee, ...sections });
    await pipeline.fill(records, 1);
    await pipeline.run('traced');
    return pipeline;
  }

  it.each(['exactly-once', 'at-least-once'])(
    'stands in each finding that the record completes: %s',
    async (guarantee) => {
      const input = [rows(0, 1), rows(2, 2), { ...rows(4, 3), headers: {} }, rows(6, 4)];
      const pipeline = await ran(guarantee, input, {
        front: '{ none: {} }',
        encoder: '{ hiddenSize: 4, numLayers: 1, numHeads: 1, ffnSize: 4, window: 4, lookAhead: 1 }',
      });
      const found = await pipeline.read('traced.out');
      const tokens = found.map((record) => JSON.parse(Buffer.from(record.value ?? []).toString()).token);
      expect(tokens).toEqual([0, 1, 2, 3, 4, 5, 6]);
      // A token waits for the one after it, so it is the next record that completes the second of each pair.
      expect(found.map(traceIn)).toEqual([traceOf(1), traceOf(2), traceOf(2), '', '', traceOf(4), traceOf(4)]);
    },
  );

  it.each(['exactly-once', 'at-least-once'])('goes with what is put aside or comes late: %s', async (guarantee) => {
    const broken = { ...rows(4, 2), value: 'no JSON' };
    const pipeline = await ran(guarantee, [rows(0, 1), broken, rows(6, 3), rows(2, 4)], { input: '{ late: topic }' });
    const [dead, late] = [await pipeline.read('traced.dead'), await pipeline.read('in.late')];
    expect([dead.map(traceIn), late.map(traceIn)]).toEqual([[traceOf(2)], [traceOf(4)]]);
    expect([...dead, ...late].map(({ headers }) => Buffer.from(headers.get('tracestate') ?? []).toString())).toEqual([
      'vendor=1',
      'vendor=1',
    ]);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import type { KafkaTransport } from '../../../connectors/index.ts';
import { eventually } from '../../checks/eventually.ts';
import { BackgroundRun, row } from './background-run.ts';

const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row('k', from + i));

const slowReads = (transport: KafkaTransport): KafkaTransport => ({
  ...transport,
  reader: async (options) => {
    const reader = await transport.reader(options);
    return {
      close: () => reader.close(),
      read: async function* (range) {
        for await (const batch of reader.read(range)) {
          for (const record of batch) {
            await new Promise((resolve) => setTimeout(resolve, 2));
            yield [record];
          }
        }
      },
    };
  },
});

const runs: BackgroundRun[] = [];
const fresh = (transport?: KafkaTransport): BackgroundRun => {
  const run = new BackgroundRun(transport);
  runs.push(run);
  return run;
};

describe('a pipeline on a partition', () => {
  afterEach(async () => {
    for (const run of runs.splice(0)) await run.close();
  });

  it('that another process has looked into is begun anew, though no record comes', async () => {
    const run = fresh();
    await run.start({ checkpoint: 'commitMs: 300', source: ', sessionTimeoutMs: 1000' });
    await run.send(...rows(0, 10));
    await eventually('the first records to be committed', async () => (await run.committed()) === 10n);
    await run.send(...rows(10, 13));
    await eventually('the others to be taken', () =>
      run.events.some((event) => event.kind === 'lag' && event.records === 0n),
    );
    await (await run.transport.transactional({ transactionalId: 'background.g.in.0' })).close();
    await eventually('all to be committed', async () => (await run.committed()) === 13n);
    await run.stop();
    const values = (await run.read('g.out')).map(({ value }) => String(value));
    expect(new Set(values).size).toBe(values.length);
    expect(values.length).toBe(13);
  });

  it('has no lag behind the markers of transactions', async () => {
    const run = fresh();
    await run.start();
    const producer = await run.transport.transactional({ transactionalId: 'input' });
    for (const record of rows(0, 3)) {
      await producer.begin();
      await producer.send('in', 0, [record]);
      await producer.commit();
    }
    await producer.close();
    const lagOf = (): bigint | undefined =>
      run.events.flatMap((event) => (event.kind === 'lag' ? [event.records] : [])).at(-1);
    await eventually('all to be taken', async () => (await run.committed()) === 5n);
    expect(lagOf()).toBe(0n);
    await run.stop();
  });

  it('leaves behind a `traceparent` that is none, however long', async () => {
    const run = fresh();
    await run.start();
    const traced = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const headers = [traced, 'x'.repeat(2 ** 20 - 400), `${traced.slice(0, -1)}G`];
    await run.send(...headers.map((traceparent, i) => ({ ...row('k', i), headers: { traceparent } })), row('k', 3));
    await eventually('all to be committed', async () => (await run.committed()) === 4n);
    await run.stop();
    const found = await run.read('g.out');
    expect(found.map(({ headers }) => headers.has('traceparent'))).toEqual([true, false, false, false]);
  });

  it('is told once, by one error, that its states are of another model', async () => {
    const first = fresh();
    await first.start();
    await first.send(...Array.from({ length: 12 }, (_, i) => row(`k${i % 6}`, i)));
    await eventually('all to be committed', async () => (await first.committed()) === 12n);
    await first.stop();
    // Records come one at a time, as over a network: states are opened while others are still being read.
    const second = fresh(slowReads(first.transport));
    await second.start({ hiddenSize: 8 });
    await expect(second.ended()).rejects.toMatchObject({ code: 'SNAPSHOT_MODEL_MISMATCH' });
  });

  it('takes no time from a record that it cannot read', async () => {
    const run = fresh();
    await run.start({ checkpoint: 'commitMs: 1, idleMs: 1000' });
    const at = (key: string, timestampMs: number) => row(key, 1, timestampMs);
    const absurd = { key: 'k', value: 'no JSON', timestampMs: 253_402_300_800_000 };
    await run.send(at('k', 1e12), absurd, at('k', 1e12 + 500), at('other', 1e12 + 2000), at('k', 1e12 + 2500));
    await eventually('all to be committed', async () => (await run.committed()) === 5n);
    await run.stop();
    const places = (await run.read('g.out')).map(({ key, value }) => {
      const [streamId, finding] = [key, value].map((bytes) => Buffer.from(bytes ?? []).toString());
      return [streamId, JSON.parse(finding ?? '').startSample];
    });
    expect(places).toEqual([
      ['k', 0],
      ['k', 1],
      ['other', 0],
      ['k', 0], // after a rest of 2 s
    ]);
  });

  it('does not begin where topics of its state would lose it, and names each', async () => {
    const run = fresh();
    await run.start({}, [
      { topic: 'g.state', config: { 'cleanup.policy': 'delete' } },
      { topic: 'g.snapshots', config: { 'cleanup.policy': 'compact', 'max.message.bytes': '1000' } },
    ]);
    const expected =
      /topic g\.state to have cleanup\.policy compact, it has delete; topic g\.snapshots to have max\.message\.bytes of at least 1000000, it has 1000/;
    await expect(run.ended()).rejects.toThrow(expected);
  });

  it('does not begin on an input that compaction takes records out of', async () => {
    const run = fresh();
    const admin = await run.transport.admin();
    await admin.createTopics([{ topic: 'in', config: { 'cleanup.policy': 'compact' } }]);
    await admin.close();
    await run.start();
    await expect(run.ended()).rejects.toThrow('input topic in to have cleanup.policy delete, it has compact');
  });

  it('does not begin where its output takes fewer timestamps than its input', async () => {
    const run = fresh();
    const bound = 'message.timestamp.after.max.ms';
    await run.start({}, [{ topic: 'g.out', config: { [bound]: '3600000' } }]);
    await run.stop();

    const wide = fresh();
    const admin = await wide.transport.admin();
    await admin.createTopics([{ topic: 'in', config: { [bound]: '9223372036854775807' } }]);
    await wide.start({}, [{ topic: 'g.out', config: { [bound]: '3600000' } }]);
    await expect(wide.ended()).rejects.toThrow(
      /topic g\.out to have message\.timestamp\.after\.max\.ms of at least 9223372036854775807, it has 3600000/,
    );
    const made = (await admin.describeTopics(['g.dead'])).get('g.dead')?.config.get(bound);
    expect([undefined, '9223372036854775807']).toContain(made);
    await admin.close();
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithBroker, freshTopic, testBrokers, testTransport } from '../kafka/broker-setup.ts';
import { committed, readRange, text } from '../kafka/harness.ts';
import { KafkaRun, sendRows, untilCommitted, writePipeline } from './kafka-run.ts';
import { longwave } from './run-command.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-state-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const json = (stdout: string): unknown[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A pipeline whose group has committed 20 records of 10 rows, state included. */
async function worked(name: string): Promise<{ input: string; file: string }> {
  const transport = await testTransport();
  const input = await freshTopic(transport);
  const file = writePipeline(join(folder, `${name}.yaml`), { input });
  await sendRows(transport, input, { from: 0, records: 20 });
  const run = new KafkaRun(file);
  await untilCommitted(run, transport, input, 20n);
  expect((await run.stop()).code).toBe(0);
  return { input, file };
}

/** Runs a pipeline until it has committed an offset. */
async function workTo(file: string, input: string, offset: bigint): Promise<void> {
  const run = new KafkaRun(file);
  await untilCommitted(run, await testTransport(), input, offset);
  expect((await run.stop()).code).toBe(0);
}

async function tokensOf(input: string): Promise<number[]> {
  const written = await readRange(await testTransport(), { topic: `${input}.out`, partition: 0 });
  return written.map(({ value }) => JSON.parse(text(value)).token);
}

describeWithBroker('longwave state, on a real broker', () => {
  it('shows partitions and streams, and refuses to reset while a run is at work', async () => {
    const { input, file } = await worked('show');
    const listed = await longwave(['state', 'ls', file, '--json']);
    expect([listed.code, json(listed.stdout)]).toEqual([
      0,
      [
        {
          ...{ partition: 0, committed: '20', progress: '20', lag: '0', streams: 1, readsFrom: '20', low: '0' },
          ...{ snapshotBytes: expect.any(Number), fault: null, damaged: 0 },
        },
      ],
    ]);
    const shown = await longwave(['state', 'show', file, '--stream', 'pump', '--json']);
    expect(json(shown.stdout)).toEqual([
      expect.objectContaining({
        ...{ partition: 0, streamId: 'pump', openedAt: '0', offset: '20', nextSample: 200 },
        snapshots: [expect.objectContaining({ offset: '20', slot: 0, chunks: 1 })],
      }),
    ]);
    expect((await longwave(['state', 'ls', file])).stdout).toMatch(/^partition +committed.*\n0 +20 +20 +0 +1 /);
    expect((await longwave(['state', 'show', file, '--stream', 'none'])).code).toBe(2);

    const run = new KafkaRun(file);
    await run.until('the partition', () => run.events('restored').length === 1);
    const refused = await longwave(['state', 'reset', file, '--yes']);
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringMatching(/no members, got 1 .*\[GROUP_ACTIVE\]/)]);
    expect((await run.stop()).code).toBe(0);
    expect(await committed(await testTransport(), input, `g-${input}`)).toEqual([20n]);
  });

  it('lets a run go on that refused because somebody had moved the group', async () => {
    const { input, file } = await worked('moved');
    const transport = await testTransport();
    const somebody = await transport.transactional({ transactionalId: `somebody-${input}` });
    await somebody.begin();
    await somebody.sendOffset({ groupId: `g-${input}`, topic: input, partition: 0, offset: 15n });
    await somebody.commit();
    await somebody.close();
    const refused = await longwave(['run', file]);
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('[CHECKPOINT_MISMATCH]')]);
    expect(json((await longwave(['state', 'ls', file, '--json'])).stdout)).toMatchObject([
      { committed: '15', progress: '20', fault: 'CHECKPOINT_MISMATCH' },
    ]);
    const dry = await longwave(['state', 'reset', file, '--json']);
    expect([dry.code, json(dry.stdout)]).toEqual([
      2,
      [{ partition: 0, streams: 1, from: '15', to: '15', done: false }],
    ]);
    expect((await longwave(['run', file])).code).toBe(4);

    const reset = await longwave(['state', 'reset', file, '--yes', '--json']);
    expect([reset.code, json(reset.stdout)]).toEqual([
      0,
      [{ partition: 0, streams: 1, from: '15', to: '15', done: true }],
    ]);
    await workTo(file, input, 20n);
    // Records 15 to 19 are a stream that begins anew.
    const upTo = (count: number): number[] => Array.from({ length: count }, (_, token) => token);
    expect(await tokensOf(input)).toEqual([...upTo(200), ...upTo(50)]);
  });

  it('lets a run go on that refused because the input had expired', async () => {
    const { input, file } = await worked('expired');
    const transport = await testTransport();
    await sendRows(transport, input, { from: 200, records: 10 });
    const admin = new Kafka({ brokers: testBrokers().split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.fetchTopicOffsets(input); // the client has to know of the topic
    await admin.deleteTopicRecords({ topic: input, partitions: [{ partition: 0, offset: '25' }] });
    await admin.disconnect();
    const refused = await longwave(['run', file]);
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('[INPUT_EXPIRED]')]);
    const reset = await longwave(['state', 'reset', file, '--partition', '0', '--yes']);
    expect([reset.code, reset.stdout]).toEqual([0, 'partition 0: 1 streams begin anew, offset 20 -> 25\n']);
    await workTo(file, input, 30n);
    expect((await tokensOf(input)).slice(200)).toEqual(Array.from({ length: 50 }, (_, token) => token));
  });

  it('refuses a pipeline without a state, and options that are none', async () => {
    const file = writePipeline(join(folder, 'usage.yaml'), { input: 'nowhere' });
    const wrong = async (...args: string[]) => (await longwave(['state', ...args])).code;
    expect(await wrong('reset', file, '--to', 'yesterday')).toBe(2);
    expect(await wrong('ls', file, '--partition', '-1')).toBe(2);
    expect(await wrong('ls', 'examples/series-to-ndjson.yaml')).toBe(2);
    const missing = await longwave(['state', 'ls', file]);
    expect([missing.code, missing.stderr]).toEqual([4, expect.stringContaining('topic nowhere to exist')]);
  });
});

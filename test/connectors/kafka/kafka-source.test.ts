import { describe, expect, it } from 'vitest';
import {
  type KafkaRecordBatch,
  type KafkaSourceHandler,
  type KafkaSourceOptions,
  kafkaSource,
  TransactionError,
} from '../../../connectors/kafka/index.ts';
import { ConfigError, ConnectorError } from '../../../core/index.ts';
import { FakeGroup, settled } from './fake-transport.ts';

/** A source over a {@link FakeGroup} whose handler waits to be told to go on. */
function source(options: Partial<KafkaSourceOptions> = {}, more: Partial<KafkaSourceHandler> = {}) {
  const group = new FakeGroup();
  const abort = new AbortController();
  const waiting: { readonly batch: KafkaRecordBatch; acknowledge(): void; fail(error: Error): void }[] = [];
  const handler: KafkaSourceHandler = {
    onAssigned: (partition, offset) => {
      group.calls.push(`assigned ${partition} at ${offset}`);
    },
    onRevoked: (partition) => {
      group.calls.push(`revoked ${partition}`);
    },
    onRecords: (batch) =>
      new Promise((acknowledge, fail) => {
        waiting.push({ batch, acknowledge, fail });
      }),
    ...more,
  };
  const retry = { initialMs: 1, maxMs: 1, maxAttempts: 3 };
  const done = kafkaSource({ transport: group.transport, topic: 'in', groupId: 'g', retry, ...options }).run(
    handler,
    abort.signal,
  );
  done.catch(() => {});
  const ready = settled(() => group.listener !== undefined);
  return { group, waiting, done, abort, ready };
}

const offsetsOf = ({ batch }: { readonly batch: KafkaRecordBatch }): number[] =>
  batch.records.map(({ offset }) => Number(offset));

describe('kafkaSource', () => {
  it('tells of no partitions that another deal has taken back before', async () => {
    const dealt: (readonly number[])[] = [];
    let open = (): void => {};
    const claimed = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { group, abort, done, ready } = source(
      {},
      { onDealt: (partitions) => void dealt.push(partitions), onClaim: () => claimed },
    );
    await ready;
    group.listener.onAssigned([0]);
    await settled(() => dealt.length === 1);
    group.listener.onAssigned([0, 1]);
    group.listener.onAssigned([0]);
    open();
    await settled(() => dealt.length === 2);
    abort.abort();
    await done;
    expect(dealt).toEqual([[0], [0]]);
  });

  it('goes on with a partition that waited for the room of one that was lost', async () => {
    const { group, waiting, abort, done, ready } = source({ maxInFlightBytes: 1024, commits: 'handler' });
    await ready;
    await group.assign(0, 1);
    void group.fetch(0, [0, 1], 900);
    expect(group.fetch(1, [0, 1], 900)).toBeUndefined();
    expect(group.paused).toContain(1);
    waiting[0]!.fail(new TransactionError('fenced', 'Expected the partition, another process has it'));
    await settled(() => group.calls.includes('revoked 0'));
    expect([...group.paused]).toEqual([0]);
    abort.abort();
    await done;
  });

  it('pauses a partition while its batch is at work and resumes it afterwards', async () => {
    const { group, waiting, abort, done, ready } = source();
    await ready;
    await group.assign(0, 1);
    const taken = group.fetch(0, [0, 3]);
    expect([...group.paused]).toEqual([0]);
    expect(group.fetch(0, [3, 4])).toBeUndefined();
    waiting[0]!.acknowledge();
    await taken;
    expect([...group.paused]).toEqual([]);
    expect(group.committed.get(0)).toBe(3n);
    abort.abort();
    await done;
    expect(group.calls).toEqual([
      'assigned 0 at undefined',
      'assigned 1 at undefined',
      'revoked 0',
      'revoked 1',
      'closed',
    ]);
  });

  it('refuses a batch that would exceed the bytes in flight, and asks for it again when there is room', async () => {
    const { group, waiting, abort, done, ready } = source({ maxInFlightBytes: 1024 });
    await ready;
    await group.assign(0, 1, 2);
    const first = group.fetch(0, [0, 1], 600);
    expect(group.fetch(1, [0, 1], 600)).toBeUndefined();
    const third = group.fetch(2, [0, 1], 400);
    expect([...group.paused].toSorted()).toEqual([0, 1, 2]);
    waiting[0]!.acknowledge();
    await first;
    expect([...group.paused]).toEqual([2]);
    expect(group.fetch(1, [0, 1], 600)).toBeDefined();
    waiting[1]!.acknowledge();
    await third;
    waiting[2]!.acknowledge();
    abort.abort();
    await done;
  });

  it('takes a batch larger than the bytes in flight when nothing else is', async () => {
    const { group, waiting, abort, done, ready } = source({ maxInFlightBytes: 1024 });
    await ready;
    await group.assign(0);
    expect(group.fetch(0, [0, 1], 5000)).toBeDefined();
    waiting[0]!.acknowledge();
    abort.abort();
    await done;
  });

  it('goes on without fresh state where a rebalance gives a partition back, a failed commit made up for', async () => {
    const { group, waiting, abort, done, ready } = source();
    await ready;
    await group.assign(0);
    group.failCommits = true;
    const taken = group.fetch(0, [0, 5]);
    waiting[0]!.acknowledge();
    await taken;
    expect(group.committed.get(0)).toBeUndefined();
    group.failCommits = false;
    await group.assign(0);
    await settled(() => group.committed.get(0) === 5n);
    expect(group.seeks).toEqual([[0, 5n]]);
    const again = group.fetch(0, [3, 7]);
    expect(offsetsOf(waiting[1]!)).toEqual([5, 6]);
    waiting[1]!.acknowledge();
    await again;
    abort.abort();
    await done;
    expect(group.calls).toEqual(['assigned 0 at undefined', 'revoked 0', 'closed']);
  });

  it('lets a batch at work go on over a rebalance that leaves its partition here', async () => {
    const { group, waiting, abort, done, ready } = source();
    await ready;
    await group.assign(0);
    const taken = group.fetch(0, [0, 5]);
    group.paused.add(1);
    group.listener.onAssigned([0, 1]);
    await settled(() => !group.paused.has(1));
    expect(group.paused.has(0)).toBe(true);
    expect(group.seeks).toEqual([[0, 5n]]);
    expect(waiting[0]!.batch.signal.aborted).toBe(false);
    waiting[0]!.acknowledge();
    await taken;
    expect(group.committed.get(0)).toBe(5n);
    abort.abort();
    await done;
  });

  it('begins with fresh state where another member has gone further', async () => {
    const { group, waiting, abort, done, ready } = source();
    await ready;
    await group.assign(0);
    const taken = group.fetch(0, [0, 5]);
    waiting[0]!.acknowledge();
    await taken;
    group.committed.set(0, 50n);
    await group.assign(0);
    expect(group.calls).toEqual(['assigned 0 at undefined', 'revoked 0', 'assigned 0 at 50']);
    expect(group.seeks.at(-1)).toEqual([0, 50n]);
    abort.abort();
    await done;
  });

  it('tells the handler of a lost partition, waits for it and does not commit', async () => {
    const { group, waiting, abort, done, ready } = source();
    await ready;
    await group.assign(0, 1);
    group.fetch(0, [0, 5]);
    await group.assign(1);
    expect(waiting[0]!.batch.signal.aborted).toBe(true);
    expect(group.calls).not.toContain('revoked 0');
    waiting[0]!.acknowledge();
    await settled(() => group.calls.includes('revoked 0'));
    expect(group.committed.get(0)).toBeUndefined();
    abort.abort();
    await done;
  });

  it('tries a retryable failure again and ends with any other', async () => {
    const { group, waiting, done, ready } = source();
    await ready;
    await group.assign(0);
    group.fetch(0, [0, 2]);
    waiting[0]!.fail(new ConnectorError('CONNECTOR_FAILED', 'Expected an answer', { retryable: true }));
    await settled(() => waiting.length === 2);
    expect(waiting[1]!.batch).toMatchObject({ attempt: 2, records: waiting[0]!.batch.records });
    waiting[1]!.fail(new TypeError('x is undefined'));
    await expect(done).rejects.toMatchObject({
      code: 'CONNECTOR_FAILED',
      message: 'Expected the records of topic in, partition 0 from offset 0 on to be handled, got: x is undefined',
    });
    expect(group.calls.at(-1)).toBe('closed');
    expect(group.committed.size).toBe(0);
  });

  it('stops trying again when it is aborted', async () => {
    const { group, waiting, abort, done, ready } = source({ retry: { initialMs: 600_000, maxMs: 600_000 } });
    await ready;
    await group.assign(0);
    group.fetch(0, [0, 2]);
    waiting[0]!.fail(new ConnectorError('CONNECTOR_FAILED', 'Expected an answer', { retryable: true }));
    abort.abort();
    await done;
    expect(waiting.length).toBe(1);
  });

  it('gives up on a handler that does not end in the drain time', async () => {
    const { group, waiting, abort, done, ready } = source({ drainMs: 1 });
    await ready;
    await group.assign(0);
    group.fetch(0, [0, 2]);
    abort.abort();
    await expect(done).rejects.toThrow(
      'Expected topic in to be done within 1 ms of the abort, left are partitions 0 (its batch is at work)',
    );
    expect(waiting[0]!.batch.signal.aborted).toBe(true);
    expect(group.calls.at(-1)).toBe('closed');
  });

  it('gives up on an end that is not written in the drain time, and names the partitions left', async () => {
    const onRevoked = (partition: number): Promise<void> =>
      partition === 0 ? Promise.resolve() : new Promise(() => {});
    const { group, abort, done, ready } = source({ drainMs: 20 }, { onRevoked });
    await ready;
    await group.assign(0, 1, 2);
    abort.abort();
    await expect(done).rejects.toThrow(
      'left are partitions 1 (its end is being written), 2 (its end is being written)',
    );
    expect(group.calls.at(-1)).toBe('closed');
  });

  it('tells all partitions that the group has dealt, also when they are none', async () => {
    const dealt: (readonly number[])[] = [];
    const { group, abort, done, ready } = source({}, { onDealt: (partitions) => dealt.push(partitions) });
    await ready;
    await group.assign(0, 1);
    await group.assign();
    expect(dealt).toEqual([[0, 1], []]);
    abort.abort();
    await done;
  });

  it('hands over pieces of at most `maxRecords` and commits each', async () => {
    const { group, waiting, abort, done, ready } = source({ maxRecords: 2 });
    await ready;
    await group.assign(0);
    const taken = group.fetch(0, [0, 5]);
    const commits: unknown[] = [];
    for (let piece = 0; piece < 3; piece++) {
      await settled(() => waiting.length === piece + 1);
      commits.push([offsetsOf(waiting[piece]!), group.committed.get(0)]);
      waiting[piece]!.acknowledge();
    }
    await taken;
    expect(commits).toEqual([
      [[0, 1], undefined],
      [[2, 3], 2n],
      [[4], 4n],
    ]);
    expect(group.committed.get(0)).toBe(5n);
    abort.abort();
    await done;
  });

  it('ends with the error of a consumer that has failed', async () => {
    const { group, done, ready } = source();
    await ready;
    group.listener.onFailed(new ConnectorError('CONNECTOR_UNREACHABLE', 'Expected a broker, got none'));
    await expect(done).rejects.toMatchObject({ code: 'CONNECTOR_UNREACHABLE' });
  });

  it.each([
    ['was deleted', { low: 5n, high: 9n }, 'hold its records from offset 3 on (the next to read), it holds 5 to 9'],
    ['lies behind the end of its partition', { low: 0n, high: 2n }, 'it holds 0 to 2: the topic was made anew'],
  ])('ends where the record to read next %s, with what is done committed', async (_, log, message) => {
    const { group, waiting, done, ready } = source();
    await ready;
    await group.assign(0);
    const taken = group.fetch(0, [0, 3]);
    waiting[0]!.acknowledge();
    await taken;
    group.listener.onGone(0, log);
    await expect(done).rejects.toMatchObject({ name: 'StateError', code: 'INPUT_EXPIRED' });
    await expect(done).rejects.toThrow(message);
    expect(group.committed.get(0)).toBe(3n);
  });

  it.each([
    ['begins at what is left where nothing was committed or read', undefined, 'earliest', 5n],
    ['begins at the end where it was asked to', undefined, 'latest', 9n],
    ['goes on where its place was there all the same', 7n, 'earliest', 7n],
  ] as const)('%s', async (_, committed, startFrom, expected) => {
    const { group, abort, done, ready } = source({ startFrom });
    if (committed !== undefined) group.committed.set(0, committed);
    await ready;
    await group.assign(0);
    group.paused.add(0);
    group.listener.onGone(0, { low: 5n, high: 9n });
    expect(group.seeks.at(-1)).toEqual([0, expected]);
    expect([...group.paused]).toEqual([]);
    abort.abort();
    await done;
  });

  it('does nothing when it is aborted already', async () => {
    const group = new FakeGroup();
    const run = kafkaSource({ transport: group.transport, topic: 'in', groupId: 'g' });
    await run.run({ onRecords: async () => {} }, AbortSignal.abort());
    expect(group.calls).toEqual([]);
  });

  it.each([
    [{ topic: 'a b' }, '`topic`'],
    [{ groupId: '' }, '`groupId`'],
    [{ maxRecords: 0 }, '`maxRecords`'],
    [{ retry: { maxAttempts: 0 } }, '`retry.maxAttempts`'],
  ])('refuses %j', (wrong, field) => {
    const { transport } = new FakeGroup();
    const make = () => kafkaSource({ transport, topic: 'in', groupId: 'g', ...wrong });
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(field);
  });
});

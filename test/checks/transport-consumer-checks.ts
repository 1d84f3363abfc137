import { expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { committedOf, listening, newTopic, placed, type TransportCase, valued, write } from './transport-harness.ts';

/** Members of groups. */
export function checkConsumers({ open, trim }: TransportCase): void {
  it('holds each partition back until it is resumed, then gives all of it in order', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 2);
    await write(transport, topic, valued('a', 'b'), 0);
    await write(transport, topic, valued('x'), 1);
    const member = await listening(transport, topic);
    member.onAssigned = () => member.consumer.resume(1);
    await member.start();
    await eventually('partition 1', () => member.records.length === 1);
    expect(member.assigned).toEqual([[0, 1]]);
    expect(member.batches[0]).toMatchObject({ partition: 1, nextOffset: 1n, highWatermarkOffset: 1n });
    member.consumer.resume(0);
    await eventually('partition 0', () => member.records.length === 3);
    expect(placed(member.records)).toEqual(['0: x', '0: a', '1: b']);
    await member.consumer.close();
    await member.consumer.close();
    expect(member.failures).toEqual([]);
  });

  it('begins at the committed offset, or where it is sought to', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('a', 'b', 'c'));
    const first = await (await listening(transport, topic)).start();
    await eventually('three records', () => first.records.length === 3);
    await first.consumer.commit(0, 2n);
    expect(await first.consumer.committed([0])).toEqual(new Map([[0, 2n]]));
    await first.consumer.close();
    expect(await committedOf(transport, `group-of-${topic}`, topic)).toBe(2n);

    const second = await (await listening(transport, topic)).start();
    await eventually('the rest', () => second.records.length === 1);
    expect(placed(second.records)).toEqual(['2: c']);
    second.consumer.seek(0, 1n);
    await eventually('what was sought', () => second.records.length === 3);
    expect(placed(second.records)).toEqual(['2: c', '1: b', '2: c']);
    await second.consumer.close();
  });

  it('shows who is in a group, and nobody in one that is empty or was never there', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    const admin = await transport.admin();
    const members = () => admin.groupMembers(`group-of-${topic}`);
    expect(await members()).toEqual([]);
    const member = await (await listening(transport, topic)).start();
    await eventually('a member', async () => (await members()).length === 1);
    expect((await members())[0]?.memberId).not.toBe('');
    await member.consumer.close();
    await eventually('nobody', async () => (await members()).length === 0);
    await admin.close();
  });

  it('begins where it is sought to while it is paused', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('a', 'b', 'c'));
    const member = await listening(transport, topic);
    member.onAssigned = () => {
      member.consumer.seek(0, 2n);
      member.consumer.resume(0);
    };
    await member.start();
    await eventually('a record', () => member.records.length > 0);
    expect(placed(member.records)).toEqual(['2: c']);
    await member.consumer.close();
  });

  it('begins a new group at the end where it was asked to', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('old'));
    const member = await (await listening(transport, topic, { startFrom: 'latest' })).start();
    await eventually('a record that came later', async () => {
      await write(transport, topic, valued('new'));
      return member.records.length > 0;
    });
    expect(placed(member.records).some((place) => place.endsWith('old'))).toBe(false);
    await member.consumer.close();
  });

  it('gives a refused batch again', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('a', 'b'));
    const member = await listening(transport, topic);
    member.onBatch = () => (member.batches.length < 3 ? undefined : Promise.resolve());
    await member.start();
    await eventually('the third time', () => member.batches.length >= 3);
    await write(transport, topic, valued('c'));
    await eventually('what follows', () => member.batches.length >= 4);
    expect(member.batches.map(({ records }) => placed(records))).toEqual([
      ['0: a', '1: b'],
      ['0: a', '1: b'],
      ['0: a', '1: b'],
      ['2: c'],
    ]);
    await member.consumer.close();
  });

  it('gives nothing while a partition is paused, and then what follows', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 2);
    await write(transport, topic, valued('a'));
    const member = await listening(transport, topic);
    member.onBatch = ({ partition }) => {
      if (partition === 0) member.consumer.pause(0);
      return Promise.resolve();
    };
    await member.start();
    await eventually('the first record', () => member.records.length === 1);
    await write(transport, topic, valued('b'));
    await write(transport, topic, valued('x'), 1);
    await eventually('the other partition', () => member.records.length === 2);
    expect(placed(member.records)).toEqual(['0: a', '0: x']);
    member.consumer.resume(0);
    await eventually('what was held back', () => member.records.length === 3);
    expect(placed(member.records).at(-1)).toBe('1: b');
    await member.consumer.close();
  });

  it('goes on with the other partitions while a batch takes long', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 2);
    await write(transport, topic, valued('slow'), 0);
    const member = await listening(transport, topic);
    let finish = (): void => {};
    member.onBatch = ({ partition }) => {
      if (partition === 1) return Promise.resolve();
      member.consumer.pause(0);
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    await member.start();
    await eventually('the slow one', () => member.records.length === 1);
    await write(transport, topic, valued('x'), 1);
    await eventually('the other one', () => member.records.length === 2);
    finish();
    await member.consumer.close();
  });

  it('never gives aborted records, and goes on behind control records', async () => {
    const transport = await open();
    const topic = await newTopic(transport);
    const producer = await transport.transactional({ transactionalId: topic });
    for (const end of ['commit', 'abort', 'commit'] as const) {
      await producer.begin();
      await producer.send(topic, 0, valued(end));
      await producer[end]();
    }
    await producer.close();
    const member = await (await listening(transport, topic)).start();
    await eventually('two records', () => member.records.length === 2);
    expect(placed(member.records)).toEqual(['0: commit', '4: commit']);
    expect(member.batches.at(-1)!.nextOffset).toBe(6n);
    await member.consumer.close();
  });

  it('shares the partitions with a second member, and takes them back', async () => {
    const transport = await open();
    const topic = await newTopic(transport, 4);
    const first = await (await listening(transport, topic)).start();
    expect(first.assigned).toEqual([[0, 1, 2, 3]]);
    const second = await (await listening(transport, topic)).start();
    await eventually('the first to have two', () => first.assigned.at(-1)!.length === 2);
    expect([...first.assigned.at(-1)!, ...second.assigned.at(-1)!].sort()).toEqual([0, 1, 2, 3]);
    for (let partition = 0; partition < 4; partition++) await write(transport, topic, valued('a'), partition);
    await eventually('two records each', () => first.records.length === 2 && second.records.length === 2);
    expect(first.records.map(({ partition }) => partition).sort()).toEqual(first.assigned.at(-1));
    for (const partition of second.assigned.at(-1)!) await second.consumer.commit(partition, 1n);
    const moving = second.assigned.at(-1)!;
    await second.consumer.close();
    await eventually('the first to have all', () => first.assigned.at(-1)!.length === 4);
    for (const partition of moving) await write(transport, topic, valued('b'), partition);
    const later = () => first.records.filter(({ offset }) => offset === 1n).map(({ partition }) => partition);
    await eventually('what came after', () => later().length === 2);
    expect(later().sort()).toEqual(moving);
    expect(first.records.filter(({ partition }) => moving.includes(partition)).length).toBe(2);
    await first.consumer.close();
  });

  it.each([
    ['was deleted', 0n],
    ['lies behind its end', 9n],
  ])('says that the place to read %s, moves nothing, and goes on where it is sought to', async (_, place) => {
    const transport = await open();
    const topic = await newTopic(transport);
    await write(transport, topic, valued('a', 'b', 'c'));
    await trim(topic, 0, 2n);
    const member = await listening(transport, topic);
    member.onAssigned = () => {
      member.consumer.seek(0, place);
      member.consumer.resume(0);
    };
    await member.start();
    await eventually('word of it', () => member.gone.length > 0);
    expect(member.gone).toEqual([{ partition: 0, low: 2n, high: 3n }]);
    expect([member.records, await committedOf(transport, `group-of-${topic}`, topic)]).toEqual([[], undefined]);
    member.consumer.seek(0, 2n);
    member.consumer.resume(0);
    await eventually('what is left', () => member.records.length > 0);
    expect(placed(member.records)).toEqual(['2: c']);
    expect(member.gone.length).toBe(1);
    await member.consumer.close();
  });

  it('fails to start where its topic does not exist', async () => {
    const transport = await open();
    const member = await listening(transport, 'contract-not-there');
    await expect(member.start()).rejects.toMatchObject({ code: 'CONNECTOR_FAILED' });
    await member.consumer.close();
  });
}

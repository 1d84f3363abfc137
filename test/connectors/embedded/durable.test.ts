import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embeddedBroker } from '../../../connectors/embedded/index.ts';
import { newTopic, placed, readAll, valued, write } from '../../checks/transport-harness.ts';
import { testFolder } from './broker-directory.ts';

const folder = testFolder();

describe('A durable embedded broker', () => {
  it('lets a commit that is at work end before the next producer of the id has it', async () => {
    const broker = embeddedBroker({ directory: join(folder, 'claimed'), durable: true });
    const transport = broker.transport();
    const topic = await newTopic(transport);
    const producer = await transport.transactional({ transactionalId: 't' });
    await producer.begin();
    await producer.send(topic, 0, valued('a'));
    const committing = producer.commit();
    const claiming = transport.transactional({ transactionalId: 't' });
    expect(placed(await readAll(transport, topic))).toEqual([]);
    await Promise.all([committing, claiming]);
    expect(placed(await readAll(transport, topic))).toEqual(['0: a']);
    await expect(producer.begin()).rejects.toMatchObject({ fault: 'fenced' });
    await broker.close();
  });

  it('commits several producers at once, each whole', async () => {
    const directory = join(folder, 'several');
    const broker = embeddedBroker({ directory, durable: true, journalBytes: 1024 });
    const transport = broker.transport();
    const topic = await newTopic(transport);
    const commit = async (id: number): Promise<void> => {
      const producer = await transport.transactional({ transactionalId: String(id) });
      for (let i = 0; i < 20; i++) {
        await producer.begin();
        await producer.send(topic, 0, valued(`${id} ${i}`));
        await producer.commit();
      }
    };
    await Promise.all([0, 1, 2, 3].map(commit));
    await broker.close();
    const again = embeddedBroker({ directory });
    const values = placed(await readAll(again.transport(), topic)).map((place) => place.split(': ')[1]!);
    for (const id of [0, 1, 2, 3]) {
      const own = values.filter((value) => value.startsWith(`${id} `));
      expect(own).toEqual(Array.from({ length: 20 }, (_, i) => `${id} ${i}`));
    }
    await again.close();
  });

  it('says that it does not know of a commit in which it was closed, and writes nothing after its end', async () => {
    const directory = join(folder, 'closed');
    const broker = embeddedBroker({ directory, durable: true });
    const transport = broker.transport();
    const topic = await newTopic(transport);
    const producer = await transport.transactional({ transactionalId: 't' });
    await producer.begin();
    await producer.send(topic, 0, valued('a'));
    const committing = producer.commit();
    const closing = broker.close();
    const again = embeddedBroker({ directory });
    await write(again.transport(), topic, valued('after'));
    await expect(committing).rejects.toMatchObject({ fault: 'indefinite', retryable: true });
    await closing;
    const values = placed(await readAll(again.transport(), topic)).map((place) => place.split(': ')[1]);
    expect(values).toEqual(['after']);
    await again.close();
  });
});

import { expect, it, vi } from 'vitest';
import { embeddedBroker } from '../../../connectors/embedded/index.ts';
import { kafkaSink, kafkaSource } from '../../../connectors/kafka/index.ts';
import { eventually } from '../../checks/eventually.ts';
import { committedOf, newTopic, placed, valued, write } from '../../checks/transport-harness.ts';

vi.mock('kafkajs', () => {
  throw new Error('Expected nobody to load the client of a cluster');
});

it('A Kafka source and sink work on an embedded broker, without the client of a cluster', async () => {
  const broker = embeddedBroker();
  const transport = broker.transport();
  const topic = await newTopic(transport);
  const sink = kafkaSink({ transport, topic });
  await sink.write(valued('a', 'b', 'c'));
  const seen: string[] = [];
  const stop = new AbortController();
  const running = kafkaSource({ transport, topic, groupId: 'g', maxRecords: 2 }).run(
    {
      onRecords: async ({ records }) => {
        seen.push(...placed(records));
      },
    },
    stop.signal,
  );
  await eventually('three records', () => seen.length === 3);
  await sink.write(valued('d'));
  await eventually('the fourth', () => seen.length === 4);
  stop.abort();
  await running;
  expect(seen).toEqual(['0: a', '1: b', '2: c', '3: d']);
  expect(await committedOf(transport, 'g', topic)).toBe(4n);
  await sink.close();
  await broker.close();
});

it('A Kafka source ends where retention has overtaken it, instead of passing over the gap', async () => {
  const broker = embeddedBroker();
  const transport = broker.transport();
  const topic = await newTopic(transport);
  const producer = await transport.producer();
  for (const record of valued('a', 'b', 'c')) await producer.send(topic, 0, [record]);
  await producer.close();
  const seen: string[] = [];
  const run = kafkaSource({ transport, topic, groupId: 'g', maxBytesPerPartition: 1024, maxRecords: 1 });
  const running = run.run(
    {
      onRecords: async ({ records }) => {
        seen.push(...placed(records));
        if (seen.length < 3) return;
        for (const record of valued('d', 'e')) await write(transport, topic, [record]);
        broker.trim(topic, 0, 4n);
      },
    },
    new AbortController().signal,
  );
  await expect(running).rejects.toMatchObject({ code: 'INPUT_EXPIRED' });
  expect(seen).toEqual(['0: a', '1: b', '2: c']);
  expect(await committedOf(transport, 'g', topic)).toBe(3n);
  await broker.close();
});

import { expect, it, vi } from 'vitest';
import { embeddedBroker } from '../../../connectors/embedded/index.ts';
import { kafkaSink, kafkaSource } from '../../../connectors/kafka/index.ts';
import { eventually } from '../../checks/eventually.ts';
import { committedOf, newTopic, placed, valued } from '../../checks/transport-harness.ts';

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

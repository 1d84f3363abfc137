import { expect, it } from 'vitest';
import {
  type KafkaProducer,
  type KafkaTransport,
  kafkaSink,
  TransactionError,
} from '../../../connectors/kafka/index.ts';
import { ConnectorError } from '../../../core/index.ts';

/** A transport that notes every request, and whether two of them overlapped. */
function fakeTransport(fails: (request: number) => boolean = () => false) {
  const requests: (readonly [topic: string, partition: number, values: readonly unknown[]])[] = [];
  const producers: { closed: boolean }[] = [];
  let open = 0;
  let overlaps = 0;
  const producer = async (): Promise<KafkaProducer> => {
    const state = { closed: false };
    producers.push(state);
    return {
      partitionFor: async (_, key) => String(key).length,
      send: async (topic, partition, records) => {
        if (open++ > 0) overlaps++;
        await Promise.resolve();
        open--;
        requests.push([topic, partition, records.map(({ value }) => value)]);
        if (fails(requests.length)) throw new ConnectorError('CONNECTOR_UNREACHABLE', 'Expected an answer, got none');
        return BigInt(requests.length);
      },
      close: async () => {
        state.closed = true;
      },
    };
  };
  const transport: KafkaTransport = {
    brokers: ['fake:1'],
    admin: () => Promise.reject(new ConnectorError('CONNECTOR_FAILED', 'Expected no admin')),
    transactional: () => Promise.reject(new TransactionError('fatal', 'Expected no transactions')),
    reader: () => Promise.reject(new ConnectorError('CONNECTOR_FAILED', 'Expected no reader')),
    consumer: () => Promise.reject(new ConnectorError('CONNECTOR_FAILED', 'Expected no consumer')),
    producer,
  };
  return { transport, requests, producers, overlaps: () => overlaps };
}

it('kafkaSink sends one partition a request, one request after the other, in the order of each partition', async () => {
  const { transport, requests, overlaps } = fakeTransport();
  const sink = kafkaSink({ transport, topic: 'out' });
  await sink.write([
    { key: 'aa', value: '1' },
    { key: 'b', value: '2' },
    { key: 'cc', value: '3' },
    { key: 'x', value: '4', partition: 2 },
    { key: 'aa', value: '5', topic: 'other' },
  ]);
  expect(requests).toEqual([
    ['out', 2, ['1', '3', '4']],
    ['out', 1, ['2']],
    ['other', 2, ['5']],
  ]);
  expect(overlaps()).toBe(0);
});

it('kafkaSink cuts requests at `maxRequestBytes` and sends a larger record alone', async () => {
  const { transport, requests } = fakeTransport();
  const sink = kafkaSink({ transport, topic: 'out', maxRequestBytes: 300 });
  const large = 'x'.repeat(500);
  await sink.write(['1', '2', large, '3'].map((value) => ({ key: null, value, partition: 0 })));
  expect(requests.map(([, , values]) => values)).toEqual([['1', '2'], [large], ['3']]);
});

it('kafkaSink takes a new producer after a failed request', async () => {
  const { transport, producers } = fakeTransport((request) => request === 1);
  const sink = kafkaSink({ transport, topic: 'out' });
  const record = { key: 'a', value: '1' };
  await expect(sink.write([record])).rejects.toMatchObject({ code: 'CONNECTOR_UNREACHABLE' });
  await sink.write([record]);
  await sink.close();
  expect(producers).toEqual([{ closed: true }, { closed: true }]);
});

import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { kafkajsTransport, kafkaSink, kafkaSource } from '../../../connectors/kafka/index.ts';
import { startBroker } from '../../../scripts/broker.mjs';
import { describeWithBroker, eventually, freshTopic } from './broker-setup.ts';
import { numbered, produce, running } from './harness.ts';

/** A port of this machine on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 1;
}

describe('Kafka brokers that cannot be reached', () => {
  afterEach(() => vi.restoreAllMocks());

  it('fail a source and a sink in bounded time, named, without a word on stderr', async () => {
    const stderr = vi.spyOn(process.stderr, 'write');
    const broker = `127.0.0.1:${await closedPort()}`;
    const transport = await kafkajsTransport({ brokers: broker, connectTimeoutMs: 400 });
    const expected = { code: 'CONNECTOR_UNREACHABLE', retryable: true, message: expect.stringContaining(broker) };
    const signal = new AbortController().signal;
    const source = kafkaSource({ transport, topic: 't', groupId: 'g' });
    await expect(source.run({ onRecords: async () => {} }, signal)).rejects.toMatchObject(expected);
    await expect(kafkaSink({ transport, topic: 't' }).write(numbered(1, 1))).rejects.toMatchObject(expected);
    expect(stderr).not.toHaveBeenCalled();
  });

  it('fail in bounded time when the port is open but silent', async () => {
    const sockets = new Set<{ destroy(): void }>();
    const server = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address() as { port: number };
    const transport = await kafkajsTransport({ brokers: `127.0.0.1:${address.port}`, connectTimeoutMs: 500 });
    await expect(transport.admin()).rejects.toMatchObject({ code: 'CONNECTOR_UNREACHABLE' });
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('let an abort end a source that is still looking for them', async () => {
    const transport = await kafkajsTransport({ brokers: `127.0.0.1:${await closedPort()}`, connectTimeoutMs: 60_000 });
    const source = running({ transport, topic: 't', groupId: 'g' }, { onRecords: async () => {} });
    await source.stop();
  });
});

describeWithBroker('A Kafka broker that goes away', () => {
  it.skipIf(process.env.KAFKA_BROKERS)('ends a running source and sink with CONNECTOR_UNREACHABLE', async () => {
    const broker = await startBroker();
    if (broker.brokers === undefined) throw new Error(broker.reason);
    try {
      const transport = await kafkajsTransport({
        brokers: broker.brokers,
        connectTimeoutMs: 1000,
        sendTimeoutMs: 2000,
      });
      const topic = await freshTopic(transport);
      await produce(transport, topic, numbered(10, 1));
      const sink = kafkaSink({ transport, topic });
      await sink.write(numbered(10, 1));
      let handled = 0;
      const source = running(
        { transport, topic, groupId: 'g', outageMs: 1000 },
        {
          onRecords: async ({ records }) => {
            handled += records.length;
          },
        },
      );
      await eventually('20 records', () => handled === 20);
      await broker.stop();
      await expect(sink.write(numbered(1, 1))).rejects.toMatchObject({
        code: 'CONNECTOR_UNREACHABLE',
        retryable: true,
      });
      await expect(source.done).rejects.toMatchObject({ code: 'CONNECTOR_UNREACHABLE' });
    } finally {
      await broker.stop();
    }
  });
});

import { expect, it } from 'vitest';
import { deadLetterRecord, deadLetterTopic, ensureTopics, kafkaSink } from '../../../connectors/kafka/index.ts';
import { ConnectorError, InputError } from '../../../core/index.ts';
import { describeWithBroker, eventually, freshTopic, testTransport } from './broker-setup.ts';
import { committed, numbered, produce, readAll, running, text, texts } from './harness.ts';

describeWithBroker('Kafka source and sink', () => {
  it('carries key, value, headers and timestamp through the broker', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const value = Uint8Array.from([0, 255, 128]);
    await produce(transport, topic, [{ key: 'a', value, headers: { h: 'x' }, timestampMs: 1_400_000_000_123 }]);
    const [record] = await readAll(transport, topic, 1);
    expect(text(record!.key)).toBe('a');
    expect([...record!.value!]).toEqual([0, 255, 128]);
    expect(text(record!.headers.get('h'))).toBe('x');
    expect(record!.timestampMs).toBe(1_400_000_000_123);
    expect(record!.offset).toBe(0n);
  });

  it('keeps the order of each partition and commits all that was handled', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport, 2);
    await produce(transport, topic, numbered(2000, 2));
    const seen: string[][] = [[], []];
    const groupId = `g-${topic}`;
    const source = running(
      { transport, topic, groupId, maxRecords: 100 },
      {
        onRecords: async ({ partition, records }) => {
          seen[partition]!.push(...records.map(({ value }) => text(value)));
        },
      },
    );
    await eventually('2000 records', () => seen[0]!.length + seen[1]!.length >= 2000);
    await source.stop();
    const expected = (partition: number) => texts(0, 2000).filter((_, i) => i % 2 === partition);
    expect(seen).toEqual([expected(0), expected(1)]);
    expect(await committed(transport, topic, groupId)).toEqual([1000n, 1000n]);
  });

  it('puts keys where every Kafka client puts them', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport, 7);
    const producer = await transport.producer();
    // Hashes from the test of Apache Kafka's own Utils.murmur2.
    const hashes: readonly (readonly [string, number])[] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['abc', 479470107],
    ];
    const partitions = await Promise.all(hashes.map(([key]) => producer.partitionFor(topic, key)));
    await producer.close();
    expect(partitions).toEqual(hashes.map(([, hash]) => (hash & 0x7fffffff) % 7));
  });

  it('keeps the order of more records than one request holds', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const sink = kafkaSink({ transport, topic, maxRequestBytes: 1000 });
    await sink.write(numbered(100, 1));
    await sink.write([]);
    await sink.close();
    await sink.close();
    expect((await readAll(transport, topic, 100)).map(({ value }) => text(value))).toEqual(texts(0, 100));
    await expect(sink.write(numbered(1, 1))).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
  });

  it('goes on writing after the broker has refused a record', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const sink = kafkaSink({ transport, topic });
    const tooLarge = { key: 'k', value: new Uint8Array(2 * 2 ** 20) };
    await expect(sink.write([tooLarge])).rejects.toMatchObject({ code: 'CONNECTOR_FAILED', retryable: false });
    await sink.write(numbered(1, 1));
    await sink.close();
    expect((await readAll(transport, topic, 1)).map(({ value }) => text(value))).toEqual(['0']);
  });

  it('commits only after the handler has resolved, and an abort waits for it', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const groupId = `g-${topic}`;
    await produce(transport, topic, numbered(10, 1));
    const pieces: number[] = [];
    let acknowledge = (): void => {};
    const source = running(
      { transport, topic, groupId, maxRecords: 4 },
      {
        onRecords: async ({ records }) => {
          pieces.push(records.length);
          await new Promise<void>((resolve) => {
            acknowledge = resolve;
          });
        },
      },
    );
    await eventually('the first piece', () => pieces.length === 1);
    expect(await committed(transport, topic, groupId)).toEqual([0n]);
    acknowledge();
    await eventually('the second piece', () => pieces.length === 2);
    expect(await committed(transport, topic, groupId)).toEqual([4n]);
    const stopped = source.stop();
    acknowledge();
    await stopped;
    expect(pieces).toEqual([4, 4]);
    expect(await committed(transport, topic, groupId)).toEqual([8n]);
  });

  it('delivers again from the committed offset after the handler died', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const groupId = `g-${topic}`;
    await produce(transport, topic, numbered(10, 1));
    const options = { transport, topic, groupId, maxRecords: 3 };
    const first: string[] = [];
    const dying = running(options, {
      onRecords: async ({ records }) => {
        first.push(...records.map(({ value }) => text(value)));
        if (first.length === 6) throw new ConnectorError('SINK_FAILED', 'Expected space on the disk, got none');
      },
    });
    await expect(dying.done).rejects.toMatchObject({ code: 'SINK_FAILED' });
    const assigned: unknown[] = [];
    const second: string[] = [];
    const source = running(options, {
      onAssigned: (partition, offset) => {
        assigned.push([partition, offset]);
      },
      onRecords: async ({ records }) => {
        second.push(...records.map(({ value }) => text(value)));
      },
    });
    await eventually('the rest', () => second.length >= 7);
    await source.stop();
    expect(assigned).toEqual([[0, 3n]]);
    expect(second).toEqual(texts(3, 10));
  });

  it('gives the same records again after a retryable failure', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    await produce(transport, topic, numbered(3, 1));
    const tries: unknown[] = [];
    const arrays = new Set<unknown>();
    const source = running(
      { transport, topic, groupId: `g-${topic}`, retry: { initialMs: 1, maxMs: 2, maxAttempts: 3 } },
      {
        onRecords: async ({ records, attempt }) => {
          tries.push([attempt, records.length]);
          arrays.add(records);
          throw new ConnectorError('CONNECTOR_FAILED', 'Expected an answer, got none', { retryable: true });
        },
      },
    );
    await expect(source.done).rejects.toMatchObject({ code: 'CONNECTOR_FAILED' });
    const count = (tries[0] as number[])[1];
    expect(tries).toEqual([1, 2, 3].map((attempt) => [attempt, count]));
    expect(arrays.size).toBe(1);
  });

  it('lets a partition go on past a poison pill that went to the dead letters', async () => {
    const transport = await testTransport();
    const topic = await freshTopic(transport);
    const deadLetters = deadLetterTopic(topic);
    await ensureTopics(transport, [{ topic: deadLetters }], { create: true });
    await produce(transport, topic, numbered(5, 1));
    const sink = kafkaSink({ transport, topic: deadLetters });
    const handled: string[] = [];
    const source = running(
      { transport, topic, groupId: `g-${topic}` },
      {
        onRecords: async ({ records, attempt }) => {
          for (const record of records) {
            if (text(record.value) !== '2') handled.push(text(record.value));
            else {
              const error = new InputError('RECORD_MALFORMED', 'Expected a good record, got 2');
              await sink.write([deadLetterRecord(record, error, { attempts: attempt })]);
            }
          }
        },
      },
    );
    await eventually('the other records', () => handled.length >= 4);
    await source.stop();
    await sink.close();
    expect(handled).toEqual(['0', '1', '3', '4']);
    const [dead] = await readAll(transport, deadLetters, 1);
    expect(text(dead!.value)).toBe('2');
    expect(text(dead!.headers.get('lw-dead-letter-topic'))).toBe(topic);
    expect(text(dead!.headers.get('lw-dead-letter-offset'))).toBe('2');
    expect(text(dead!.headers.get('lw-dead-letter-error-code'))).toBe('RECORD_MALFORMED');
  });

  it('names the topics that are missing and makes them only when allowed', async () => {
    const transport = await testTransport();
    const topic = `${await freshTopic(transport)}-absent`;
    await expect(ensureTopics(transport, [{ topic }])).rejects.toThrow(`topic ${topic} to exist, it does not`);
    const source = running({ transport, topic, groupId: 'g' }, { onRecords: async () => {} });
    await expect(source.done).rejects.toThrow(`Expected topic ${topic} to exist`);
    await expect(kafkaSink({ transport, topic }).write(numbered(1, 1))).rejects.toMatchObject({
      code: 'CONNECTOR_FAILED',
    });
    expect(await ensureTopics(transport, [{ topic, partitions: 3 }], { create: true })).toEqual(new Map([[topic, 3]]));
    await expect(ensureTopics(transport, [{ topic, partitions: 2 }], { create: true })).rejects.toThrow(
      'to have 2 partitions, it has 3',
    );
  });
});

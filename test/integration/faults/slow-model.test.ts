import { expect, it } from 'vitest';
import { ensureTopics, type KafkaTransport } from '../../../connectors/index.ts';
import { Random } from '../../../core/index.ts';
import { type RunEvent, requirePipeline, runPipeline } from '../../../pipeline/index.ts';
import { describeWithBroker, eventually, freshTopic, testTransport } from '../kafka/broker-setup.ts';
import { committed, readRange, text } from '../kafka/harness.ts';
import { SESSION_TIMEOUT_MS } from './fault-setup.ts';

const PARTITIONS = 2;
const ROWS = 5;
const MAX_IN_FLIGHT_BYTES = 20_000;
const GROUP = 'slow';

/** What a consumer was given, as its transport sees it. */
class Watched {
  assignments = 0;
  heldBytes = 0;
  mostHeldBytes = 0;

  transport(inner: KafkaTransport): KafkaTransport {
    return {
      ...inner,
      consumer: async (options) => {
        const consumer = await inner.consumer(options);
        const start = consumer.start.bind(consumer);
        consumer.start = (listener) =>
          start({
            onAssigned: (partitions) => {
              this.assignments += 1;
              listener.onAssigned(partitions);
            },
            onBatch: (batch) => {
              const work = listener.onBatch(batch);
              if (work === undefined) return undefined;
              this.heldBytes += batch.bytes;
              this.mostHeldBytes = Math.max(this.mostHeldBytes, this.heldBytes);
              return work.finally(() => {
                this.heldBytes -= batch.bytes;
              });
            },
            onGone: (partition, log) => listener.onGone(partition, log),
            onFailed: (error) => listener.onFailed(error),
          });
        return consumer;
      },
    };
  }
}

describeWithBroker('A model that is far too slow for its input', () => {
  it('is fed within bounds, keeps its partitions by heartbeats, tells its lag, and drains', async () => {
    const transport = await testTransport();
    const input = await freshTopic(transport, PARTITIONS);
    await ensureTopics(transport, [{ topic: `${input}-out`, partitions: PARTITIONS }], { create: true });
    const source = `topic: ${input}, groupId: ${GROUP}-${input}, format: json, values: [a, b, c, d]`;
    const config = requirePipeline(
      `name: slow
source:
  kafka: { brokers: ${JSON.stringify(transport.brokers)}, ${source}, sessionTimeoutMs: ${SESSION_TIMEOUT_MS}, maxInFlightBytes: ${MAX_IN_FLIGHT_BYTES} }
front: { scale: { warmupRows: 2 } }
encoder: { hiddenSize: 192, numLayers: 6, numHeads: 2, ffnSize: 768, window: 256, engine: reference }
head: { embedding: {} }
sink: { kafka: { topic: ${input}-out } }
checkpoint: { commitMs: 20, commitBytes: 40000 }
`,
      'slow.yaml',
    );
    let sent = await send(transport, input, { from: 0, count: 200 });
    const watched = new Watched();
    const events: RunEvent[] = [];
    const stop = new AbortController();
    const options = { transport: watched.transport(transport), observe: (event: RunEvent) => void events.push(event) };
    const running = runPipeline(config, { ...options, signal: stop.signal });
    const failed = running.then(() => Promise.reject(new Error('Expected the run to go on, it has ended')));
    failed.catch(() => {});
    // Several session time-outs under a load that never lets it rest.
    const places = (): Promise<bigint[]> => committed(transport, input, `${GROUP}-${input}`);
    const at = async (): Promise<bigint> => (await places()).reduce((sum, offset) => sum + offset, 0n);
    const started = performance.now();
    const isLongEnough = async (): Promise<boolean> => {
      if (BigInt(sent) - (await at()) < 150n) sent = await send(transport, input, { from: sent, count: 60 });
      return performance.now() - started > 4 * SESSION_TIMEOUT_MS && (await places()).every((offset) => offset > 5n);
    };
    await Promise.race([eventually('work over several session time-outs', isLongEnough, 60_000), failed]);
    stop.abort();
    await running;
    expect(watched.assignments).toBe(1);
    expect(watched.heldBytes).toBe(0);
    expect(watched.mostHeldBytes).toBeGreaterThan(0);
    expect(watched.mostHeldBytes).toBeLessThanOrEqual(MAX_IN_FLIGHT_BYTES);
    expect(await at()).toBeLessThan(BigInt(sent));
    const lags = events.flatMap((event) => (event.kind === 'lag' ? [event] : []));
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const own = lags.filter((lag) => lag.partition === partition).map(({ records }) => records);
      expect(own[0]).toBeGreaterThan(50n);
      expect(own.every((records) => records >= 0n)).toBe(true);
    }
    expect(await rows(transport, input)).toBe(ROWS * Number(await at()));
  }, 120_000);
});

/** Sends rows of both partitions' streams. @returns how many records were sent in all */
async function send(
  transport: KafkaTransport,
  topic: string,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<number> {
  const producer = await transport.producer();
  const random = new Random(from + 1);
  const record = (partition: number) => {
    const row = () => ({ a: random.nextUnit(), b: random.nextUnit(), c: random.nextUnit(), d: random.nextUnit() });
    return { key: `sensor-${partition}`, value: JSON.stringify(Array.from({ length: ROWS }, row)) };
  };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    // A broker gives out what was sent together as one, however small a fetch is to be.
    for (let left = count / PARTITIONS; left > 0; left -= 5) {
      await producer.send(
        topic,
        partition,
        Array.from({ length: 5 }, () => record(partition)),
      );
    }
  }
  await producer.close();
  return from + count;
}

/** How many findings there are in all, where those of each partition have every index from 0 once and in order. */
async function rows(transport: KafkaTransport, topic: string): Promise<number> {
  let count = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const found = await readRange(transport, { topic: `${topic}-out`, partition });
    const tokens = found.map(({ value }) => JSON.parse(text(value)).token);
    expect(tokens).toEqual(Array.from(tokens, (_, token) => token));
    count += tokens.length;
  }
  return count;
}

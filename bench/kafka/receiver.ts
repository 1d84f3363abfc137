import { setTimeout as sleep } from 'node:timers/promises';
import { type KafkaTransport, kafkaSource } from '../../connectors/index.ts';
import { ConnectorError } from '../../core/index.ts';

const POLL_MS = 20;
const STUCK_MS = 180_000;

/** Reads the committed records of a topic and notes when they come. */
export class Receiver {
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;
  #lastMs = 0;
  #latencies: number[] = [];
  #received = 0;
  #failure: unknown;

  constructor(transport: KafkaTransport, topic: string) {
    const source = kafkaSource({ transport, topic, groupId: `receiver-${topic}`, commits: 'handler' });
    const onRecords = async ({ records }: { records: readonly { readonly timestampMs: number }[] }): Promise<void> => {
      const now = Date.now();
      this.#received += records.length;
      this.#lastMs = performance.now();
      for (const { timestampMs } of records) this.#latencies.push(now - timestampMs);
    };
    this.#reading = source.run({ onRecords }, this.#stop.signal).catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** Waits until so many records have come since the beginning. @throws ConnectorError when they do not come */
  async until(count: number): Promise<void> {
    const deadline = performance.now() + STUCK_MS;
    while (this.#received < count) {
      if (this.#failure !== undefined) throw this.#failure;
      if (performance.now() > deadline) {
        const got = this.#received;
        throw new ConnectorError('CONNECTOR_FAILED', `Expected ${count} records within ${STUCK_MS} ms, got ${got}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** What came since the last call: ms from timestamp to receipt of each record, and when the last one came. */
  take(): { readonly lastMs: number; readonly latencies: readonly number[] } {
    const latencies = this.#latencies;
    this.#latencies = [];
    return { lastMs: this.#lastMs, latencies };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#reading;
  }
}

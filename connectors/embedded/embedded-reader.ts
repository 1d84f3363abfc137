import { ConnectorError, requireInteger, StateError } from '../../core/index.ts';
import type { KafkaRecord, PartitionRange, PartitionReader, PartitionReaderOptions } from '../kafka/index.ts';
import type { BrokerCore } from './broker-core.ts';
import type { PartitionLog } from './partition-log.ts';

/** How long a read waits for records, or for the end of a transaction, before it fails. */
const WAIT_MS = 30_000;

/** The {@link PartitionReader} of an embedded broker. */
export class EmbeddedReader implements PartitionReader {
  readonly #core: BrokerCore;
  readonly #maxBytes: number;
  #reading = false;
  #closed = false;

  /** @throws ConfigError `CONFIG_INVALID`, ConnectorError `CONNECTOR_FAILED` where a topic is missing */
  constructor(core: BrokerCore, options: PartitionReaderOptions) {
    const range = { min: 1024, max: 2 ** 30 };
    this.#core = core;
    this.#maxBytes = requireInteger('maxBytesPerFetch', options.maxBytesPerFetch ?? 8 * 2 ** 20, range);
    for (const topic of options.topics) core.topics.get(topic);
  }

  async *read(range: PartitionRange): AsyncGenerator<readonly KafkaRecord[], void, undefined> {
    this.#requireOpen();
    if (this.#reading) {
      throw failed('Expected one read of a partition reader at a time, got a second one');
    }
    if (range.from >= range.to) return;
    this.#reading = true;
    try {
      const log = this.#core.topics.log(range.topic, range.partition);
      for (let at = range.from; at < range.to; this.#requireOpen()) {
        requireHeld(log, at);
        const { records, nextOffset } = log.read(at, { to: range.to, maxBytes: this.#maxBytes });
        if (records.length > 0) yield records;
        else if (nextOffset === at) await this.#change(log, range);
        at = nextOffset;
      }
    } finally {
      this.#reading = false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #requireOpen(): void {
    if (this.#closed) throw new StateError('STREAM_CLOSED', 'Expected the partition reader to be open, it is closed');
    this.#core.use();
  }

  async #change(log: PartitionLog, { to }: PartitionRange): Promise<void> {
    const change = await changeWithin(this.#core, log);
    if (change) return;
    const { topic, partition, stableOffset } = log;
    throw new ConnectorError(
      'CONNECTOR_UNREACHABLE',
      `Expected topic ${topic}, partition ${partition} to reach offset ${to} within ${WAIT_MS} ms, it ends at ${stableOffset}`,
      { retryable: true },
    );
  }
}

function requireHeld({ topic, partition, lowOffset, nextOffset }: PartitionLog, offset: bigint): void {
  const expected = `Expected topic ${topic}, partition ${partition} to hold offset ${offset} on the embedded broker`;
  if (offset < lowOffset) throw failed(`${expected}, its first one (the low watermark) is ${lowOffset}`);
  if (offset > nextOffset) throw failed(`${expected}, it ends at ${nextOffset}`);
}

/** Whether a partition changed, or the broker ended, before the time was over. */
function changeWithin(core: BrokerCore, log: PartitionLog): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (changed: boolean): void => {
      clearTimeout(timer);
      unwatchEnd();
      unwatch();
      resolve(changed);
    };
    const timer = setTimeout(() => done(false), WAIT_MS);
    const unwatchEnd = core.onEnd(() => done(true));
    const unwatch = log.changed.watch(() => done(true));
  });
}

function failed(message: string): ConnectorError {
  return new ConnectorError('CONNECTOR_FAILED', message);
}

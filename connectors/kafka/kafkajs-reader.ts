import type { EachBatchPayload } from 'kafkajs';
import { ConnectorError, requireInteger, StateError } from '../../core/index.ts';
import { toConnectorError } from './kafka-error.ts';
import { openAdmin } from './kafkajs-admin.ts';
import type { KafkajsLink } from './kafkajs-link.ts';
import { HEARTBEAT_MS, LoneGroup } from './kafkajs-lone-group.ts';
import { endOffset, toRecord } from './kafkajs-record.ts';
import { atMost } from './kafkajs-settings.ts';
import type { PartitionRange, PartitionReader, PartitionReaderOptions } from './partition-reader.ts';
import { PartitionStretch } from './partition-stretch.ts';
import { withinTime } from './reachable.ts';
import { requireName } from './source-options.ts';
import type { KafkaAdmin, KafkaRecord } from './transport.ts';

/**
 * The {@link PartitionReader} over kafkajs: as the only member of a group that nobody else knows.
 * @throws ConfigError `CONFIG_INVALID`; ConnectorError `CONNECTOR_UNREACHABLE`, `CONNECTOR_FAILED`
 */
export async function openReader(link: KafkajsLink, options: PartitionReaderOptions): Promise<PartitionReader> {
  for (const topic of options.topics) requireName('topic', topic);
  const prefix = requireName('groupId', options.groupId);
  const range = { min: 1024, max: 2 ** 30 };
  const maxBytes = requireInteger('maxBytesPerFetch', options.maxBytesPerFetch ?? 8 * 2 ** 20, range);
  const admin = await openAdmin(link);
  try {
    const reader = new KafkajsReader(link, admin, new LoneGroup(link, { prefix, maxBytes }));
    await reader.join(options.topics);
    return reader;
  } catch (error) {
    link.cut();
    throw toConnectorError(error, { brokers: link.connection.brokers, action: 'open a reader', logged: link.logged });
  }
}

class KafkajsReader implements PartitionReader {
  readonly #link: KafkajsLink;
  readonly #admin: KafkaAdmin;
  readonly #group: LoneGroup;
  #stretch: PartitionStretch | undefined;
  #isReading = false;
  #failure: Error | undefined;
  #isClosed = false;

  constructor(link: KafkajsLink, admin: KafkaAdmin, group: LoneGroup) {
    this.#link = link;
    this.#admin = admin;
    this.#group = group;
  }

  async join(topics: readonly string[]): Promise<void> {
    const existing = await this.#admin.partitionCounts(topics);
    const missing = topics.filter((topic) => !existing.has(topic));
    if (missing.length > 0) throw this.#failed(`the topics ${missing.join(', ')} to exist`, 'they do not');
    await this.#group.join(topics, {
      onJoined: () => this.#fetch(),
      onBatch: (payload) => this.#bring(payload),
      onNothing: ({ topic, partition, lastOffset }) => {
        if (this.#stretch?.isIn(topic, partition)) this.#advance(this.#stretch, [], BigInt(lastOffset) + 1n);
      },
      onLost: () => void this.#lose(),
      onFailed: (error) => {
        const { brokers } = this.#link.connection;
        this.#failure = toConnectorError(error, { brokers, action: 'serve a reader', logged: this.#link.logged });
        this.#stretch?.fail(this.#failure);
      },
    });
  }

  async *read(range: PartitionRange): AsyncGenerator<readonly KafkaRecord[], void, undefined> {
    if (this.#isClosed) throw closed();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isReading) throw this.#failed('one read at a time', 'another is under way');
    if (range.from >= range.to) return;
    const stretch = new PartitionStretch(range);
    this.#isReading = true;
    try {
      await this.#requireHeld(range); // meanwhile the last fetch of the read before is over
      this.#stretch = stretch;
      this.#fetch();
      for (;;) {
        const records = stretch.take();
        if (records !== undefined) yield records;
        else if (stretch.isOver) return;
        else await this.#progress(stretch);
      }
    } finally {
      stretch.leave();
      this.#group.pause(range.topic, range.partition);
      this.#stretch = undefined;
      this.#isReading = false;
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stretch?.fail(closed());
    this.#stretch?.leave();
    await this.#link.disconnect(this.#group);
    await this.#admin.close();
  }

  #fetch(): void {
    if (this.#stretch === undefined || this.#stretch.isOver) return;
    const { range, next } = this.#stretch;
    this.#group.fetch(range.topic, range.partition, next);
  }

  /** The fetch loop's side: puts a batch down and waits until it is taken, so that one fetch at most is held ahead. */
  async #bring({ batch, heartbeat, isStale, resolveOffset }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const stretch = this.#stretch;
    if (!stretch?.isIn(topic, partition) || isStale()) return;
    await untilTaken(stretch, heartbeat); // after a rejoin the batch before may still be there
    if (stretch.isOver) return;
    const wanted = batch.messages.filter(({ offset }) => BigInt(offset) < stretch.range.to);
    const records = wanted.map((message) => toRecord(topic, partition, message));
    const next = endOffset(batch);
    resolveOffset(String(next - 1n));
    this.#advance(stretch, records, next);
    await untilTaken(stretch, heartbeat);
  }

  #advance(stretch: PartitionStretch, records: readonly KafkaRecord[], next: bigint): void {
    if (stretch.isOver) return;
    stretch.bring(records, next);
    if (stretch.isOver) this.#group.pause(stretch.range.topic, stretch.range.partition);
  }

  async #progress(stretch: PartitionStretch): Promise<void> {
    const { brokers, sendTimeoutMs: timeoutMs } = this.#link.connection;
    const { topic, partition, to } = stretch.range;
    const action = `give topic ${topic}, partition ${partition} from offset ${stretch.next} to ${to}`;
    await withinTime(stretch.changed(), { brokers, timeoutMs, action });
  }

  /** The place was deleted while it was being read. */
  async #lose(): Promise<void> {
    const stretch = this.#stretch;
    if (stretch === undefined) return;
    const { topic, partition } = stretch.range;
    stretch.lose();
    this.#group.pause(topic, partition);
    try {
      await this.#requireHeld({ ...stretch.range, from: stretch.next });
      throw this.#failed(`topic ${topic}, partition ${partition} to hold offset ${stretch.next}`, 'it does not');
    } catch (error) {
      stretch.fail(error as Error);
    }
  }

  async #requireHeld({ topic, partition, from }: PartitionRange): Promise<void> {
    const held = (await this.#admin.offsets(topic)).find((offsets) => offsets.partition === partition);
    if (held === undefined) throw this.#failed(`topic ${topic} to have partition ${partition}`, 'it has not');
    if (from >= held.low) return;
    const place = `topic ${topic}, partition ${partition}`;
    throw this.#failed(`${place} to hold offset ${from}`, `its first one, the low watermark, is ${held.low}`);
  }

  #failed(expected: string, got: string): ConnectorError {
    const at = `on the Kafka brokers ${this.#link.connection.brokers.join(', ')}`;
    return new ConnectorError('CONNECTOR_FAILED', `Expected ${expected} ${at}, ${got}`);
  }
}

async function untilTaken(stretch: PartitionStretch, heartbeat: () => Promise<void>): Promise<void> {
  while (stretch.isFull) {
    await atMost(stretch.changed(), HEARTBEAT_MS);
    await heartbeat();
  }
}

function closed(): StateError {
  return new StateError('STREAM_CLOSED', 'Expected the partition reader to be open, it is closed');
}

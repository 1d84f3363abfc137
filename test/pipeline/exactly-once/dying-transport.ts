import type { KafkaRecord, KafkaTransport, PartitionReader } from '../../../connectors/index.ts';
import { ConnectorError } from '../../../core/index.ts';

/** When a process dies, as its calls to the brokers show it. */
export interface Death {
  /** Calls that still come through. */
  readonly calls: number;
  /** Whether the brokers carry out the call that it dies in. */
  readonly isCarriedOut: boolean;
}

/** What becomes of records of states on their way from the disk. */
export type ReadingHook = (record: KafkaRecord) => KafkaRecord;

/**
 * A transport whose calls all fail from one on, as those of a process that was killed: what it had under way is left as it
 * is, transactions stay open. Only `close` still comes through, which lets the group go on at once.
 */
export class DyingTransport {
  readonly transport: KafkaTransport;
  readonly #death: Death;
  readonly #reading: ReadingHook;
  #calls = 0;
  #isDead = false;

  /** @param maxBytesPerFetch small, so that there are many batches */
  constructor(
    inner: KafkaTransport,
    options: Death & { readonly maxBytesPerFetch: number; readonly reading?: ReadingHook },
  ) {
    const { maxBytesPerFetch, reading = (record) => record } = options;
    this.#reading = reading;
    this.#death = options;
    this.transport = {
      brokers: inner.brokers,
      admin: async () => this.#mortal(await this.#met(() => inner.admin())),
      producer: async () => this.#mortal(await this.#met(() => inner.producer())),
      transactional: async (own) => this.#mortal(await this.#met(() => inner.transactional(own))),
      reader: async (own) => this.#damaged(await this.#met(() => inner.reader(own))),
      consumer: async (own) => {
        const small = { ...own, maxBytesPerPartition: maxBytesPerFetch, maxBytesPerFetch };
        return this.#mortal(await this.#met(() => inner.consumer(small)));
      },
    };
  }

  /** The process dies now. */
  die(): void {
    this.#isDead = true;
  }

  #mortal<T extends object>(client: T): T {
    return new Proxy(client, {
      get: (target, name) => {
        const own: unknown = Reflect.get(target, name);
        if (typeof own !== 'function') return own;
        const call = (...args: unknown[]): unknown => own.apply(target, args);
        if (name === 'close' || !ASYNCHRONOUS.has(name)) return call;
        return (...args: unknown[]) => this.#met(async () => call(...args));
      },
    });
  }

  #damaged(reader: PartitionReader): PartitionReader {
    const hook = this.#reading;
    return {
      async *read(range) {
        for await (const batch of reader.read(range)) yield batch.map(hook);
      },
      close: () => reader.close(),
    };
  }

  async #met<T>(call: () => Promise<T>): Promise<T> {
    this.#calls += 1;
    const { calls, isCarriedOut } = this.#death;
    if (this.#calls <= calls && !this.#isDead) return call();
    if (this.#calls === calls + 1 && isCarriedOut) await call();
    throw new ConnectorError('CONNECTOR_FAILED', 'Expected the process to live');
  }
}

const ASYNCHRONOUS: ReadonlySet<string | symbol> = new Set([
  ...['partitionCounts', 'describeTopics', 'createTopics', 'offsets', 'committed'],
  ...['partitionFor', 'begin', 'send', 'sendOffset', 'commit', 'abort'],
]);

import { ConnectorError } from '../../core/index.ts';
import type { KafkaProducer } from '../kafka/index.ts';
import type { BrokerCore } from './broker-core.ts';
import { partitionOfKey } from './murmur2.ts';
import { bytesOf, toBatchRecords } from './outgoing-records.ts';

/** Finds the partition of a key: murmur2, or the next one in turn where there is none. */
export class Partitioner {
  readonly #core: BrokerCore;
  #turn = 0;

  constructor(core: BrokerCore) {
    this.#core = core;
  }

  /** @throws ConnectorError `CONNECTOR_FAILED` */
  partitionFor(topic: string, key: string | Uint8Array | null): number {
    const { partitions } = this.#core.topics.get(topic);
    return key === null ? this.#turn++ % partitions : partitionOfKey(bytesOf(key), partitions);
  }
}

/** A {@link KafkaProducer} of an embedded broker. */
export function openProducer(core: BrokerCore): KafkaProducer {
  const partitioner = new Partitioner(core);
  let closed = false;
  const use = (): void => {
    if (closed) throw new ConnectorError('CONNECTOR_FAILED', 'Expected the producer to be open, it is closed');
    core.use();
  };
  return {
    async partitionFor(topic, key) {
      use();
      return partitioner.partitionFor(topic, key);
    },
    async send(topic, partition, records) {
      use();
      const log = core.topics.log(topic, partition);
      if (records.length === 0) return -1n;
      const offset = log.append(toBatchRecords(records, core.clock.now()), 0);
      core.compactIfDue(log);
      return offset;
    },
    async close() {
      closed = true;
    },
  };
}

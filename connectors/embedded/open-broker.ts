import type { Outcome } from './batch-list.ts';
import { BrokerCore } from './broker-core.ts';
import type { CheckedBrokerOptions } from './broker-options.ts';
import { MemoryStorage } from './broker-storage.ts';
import { DiskStorage } from './disk-storage.ts';
import { GroupOffsets } from './group-offsets.ts';
import { MemoryBudget } from './memory-budget.ts';
import type { BatchKind } from './record-batch.ts';
import { type FoundLog, Recovery } from './recovery.ts';
import { defaultConfig } from './topic-settings.ts';
import { TopicTable } from './topic-table.ts';

/** How a transaction ended, by its marker. */
const MARKED: Readonly<Partial<Record<BatchKind, Outcome>>> = {
  'commit-marker': 'committed',
  'abort-marker': 'aborted',
};

/** A broker that has been opened. */
export interface OpenedBroker {
  readonly core: BrokerCore;
  /** What was mended, one sentence each. */
  readonly repairs: readonly string[];
}

/**
 * Opens a broker with what its directory holds.
 * @throws ConnectorError `CONNECTOR_FAILED`, OverflowError `BUFFER_OVERFLOW`
 */
export function openBroker(options: CheckedBrokerOptions): OpenedBroker {
  const { directory, maxMessageBytes, maxBytes, segmentBytes, journalBytes } = options;
  const topics = new TopicTable({ budget: new MemoryBudget(maxBytes), maxMessageBytes });
  const offsets = new GroupOffsets();
  if (directory === undefined) {
    const state = { storage: new MemoryStorage(), topics, offsets, nextTransaction: 1, rolledBack: [] };
    return { core: new BrokerCore(options, state), repairs: [] };
  }
  const storage = new DiskStorage({ directory, segmentBytes, journalBytes });
  try {
    return openDirectory(options, { storage, topics, offsets });
  } catch (error) {
    storage.release();
    throw error;
  }
}

interface Parts {
  readonly storage: DiskStorage;
  readonly topics: TopicTable;
  readonly offsets: GroupOffsets;
}

function openDirectory(options: CheckedBrokerOptions, { storage, topics, offsets }: Parts): OpenedBroker {
  const found = storage.open();
  const repairs = [...found.repairs];
  const logs: FoundLog[] = [];
  for (const { topic, partitions, config } of found.topics) {
    const settings = new Map([...defaultConfig(options.maxMessageBytes), ...config]);
    const definition = { topic, partitions, config: settings };
    const stores = storage.storesOf(definition);
    for (const [partition, log] of topics.add(definition, stores).logs.entries()) {
      const markers = new Map<number, Outcome>();
      const ends = stores[partition]!.open((header, stored) => {
        log.restore(header, stored);
        const outcome = MARKED[header.kind];
        if (outcome !== undefined) markers.set(header.transaction, outcome);
      });
      log.restoreEnds(ends);
      logs.push({ log, markers });
      repairs.push(...ends.repairs);
    }
  }
  const recovery = new Recovery({ checkpoint: found.checkpoint, entries: found.entries, logs });
  const { nextTransaction, rolledBack, freshlyRolledBack } = recovery;
  if (freshlyRolledBack.length > 0) {
    storage.append({ type: 'rollback', transactions: freshlyRolledBack });
    storage.syncJournalNow(); // before offsets are given anew to other records
    repairs.push(`transactions ${freshlyRolledBack.join(', ')} were rolled back: they are not whole`);
  }
  const lows = recovery.trim();
  recovery.settle();
  for (const entry of [...lows, ...recovery.apply(offsets)]) storage.append(entry);
  return { core: new BrokerCore(options, { storage, topics, offsets, nextTransaction, rolledBack }), repairs };
}

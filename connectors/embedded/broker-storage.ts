import { type BatchStore, MemoryStore } from './batch-store.ts';
import type { Checkpoint, JournalEntry } from './journal.ts';

/** More are refused. */
export const MAX_PARTITIONS = 10_000;

/** A topic as it was made. */
export interface TopicDefinition {
  readonly topic: string;
  readonly partitions: number;
  /** Defaults included. */
  readonly config: ReadonlyMap<string, string>;
}

/** Where a broker keeps things. */
export interface BrokerStorage {
  /** @throws ConnectorError `CONNECTOR_FAILED` */
  createTopic(definition: TopicDefinition): readonly BatchStore[];
  /**
   * Writes an entry whole or not at all.
   * @throws ConnectorError `CONNECTOR_FAILED`
   */
  append(entry: JournalEntry): void;
  /** The journal has grown so much that a checkpoint is due. */
  readonly checkpointDue: boolean;
  /** Begins a new journal with these entries, on top of a state. Everything the state tells of is then safe on disk. */
  checkpoint(state: Checkpoint, entries: readonly JournalEntry[]): void;
  /** Resolves when the entries so far would survive a loss of power. */
  syncJournal(): Promise<void>;
  /** Ends an orderly broker: everything would survive a loss of power then. */
  close(): void;
  /** Ends a broker that has failed. */
  release(): void;
}

/** Keeps everything in memory. */
export class MemoryStorage implements BrokerStorage {
  readonly checkpointDue = false;

  createTopic({ partitions }: TopicDefinition): readonly BatchStore[] {
    return Array.from({ length: partitions }, () => new MemoryStore());
  }

  append(): void {
    // nothing to find again
  }

  checkpoint(): void {
    // never due
  }

  async syncJournal(): Promise<void> {
    // nothing to find again
  }

  close(): void {
    // nothing is open
  }

  release(): void {
    // nothing is open
  }
}

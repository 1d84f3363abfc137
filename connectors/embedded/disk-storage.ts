import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectorError } from '../../core/index.ts';
import type { BrokerStorage, TopicDefinition } from './broker-storage.ts';
import { lockDirectory } from './directory-lock.ts';
import { readFramed, writeFramed } from './framed-file.ts';
import { type Checkpoint, EMPTY_CHECKPOINT, type JournalEntry } from './journal.ts';
import { JournalFile } from './journal-file.ts';
import { guarded, OpenFiles, syncPathsNow } from './open-files.ts';
import { SegmentStore } from './segment-store.ts';
import { type FoundTopic, TopicFolders } from './topic-folders.ts';

const CHECKPOINT = 'checkpoint';
/** What a directory holds that is ours. */
const OWN_NAMES = /^(topics|drafts|lock.*|checkpoint.*|journal-\d+)$/;

interface WrittenCheckpoint extends Checkpoint {
  /** Which journal goes on from here. */
  readonly journal: number;
}

/** What a {@link DiskStorage} works with. */
export interface DiskStorageOptions {
  readonly directory: string;
  readonly segmentBytes: number;
  readonly journalBytes: number;
}

/** What a directory held when it was opened. */
export interface FoundState {
  readonly checkpoint: Checkpoint;
  readonly entries: readonly JournalEntry[];
  readonly topics: readonly FoundTopic[];
  /** What was cut off, one sentence each. */
  readonly repairs: readonly string[];
}

/**
 * Keeps everything in a directory: `topics/<topic>/<partition>/*.log`, a journal of what is decided, and now and then a
 * checkpoint from which a new journal goes on.
 */
export class DiskStorage implements BrokerStorage {
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #files = new OpenFiles();
  readonly #folders: TopicFolders;
  readonly #stores: SegmentStore[] = [];
  readonly #unlock: () => void;
  #journal: JournalFile;
  #journalNumber = 0;
  readonly #journalBytes: number;
  #dueBytes: number;

  /** @throws ConnectorError `CONNECTOR_FAILED` where the directory cannot be used or another process has it */
  constructor(options: DiskStorageOptions) {
    this.#journalBytes = options.journalBytes;
    this.#dueBytes = options.journalBytes;
    this.#segmentBytes = options.segmentBytes;
    this.#directory = guarded('use', options.directory, () => {
      mkdirSync(options.directory, { recursive: true });
      return realpathSync(options.directory);
    });
    requireOwn(this.#directory);
    this.#unlock = lockDirectory(this.#directory);
    this.#folders = new TopicFolders(this.#directory);
    this.#journal = this.#journalOf(0);
  }

  /** @throws ConnectorError `CONNECTOR_FAILED` where the checkpoint is damaged or something cannot be read */
  open(): FoundState {
    const path = join(this.#directory, CHECKPOINT);
    const written = readFramed(path) as WrittenCheckpoint | undefined;
    if (written === undefined && existsSync(path)) {
      throw new ConnectorError('CONNECTOR_FAILED', `Expected ${path} to be whole, it is damaged`);
    }
    this.#journalNumber = written?.journal ?? 0;
    this.#removeOtherJournals();
    this.#journal = this.#journalOf(this.#journalNumber);
    const { entries, repairs } = this.#journal.open();
    syncPathsNow([this.#directory]);
    const topics = this.#folders.find();
    const all = [...repairs, ...topics.flatMap((topic) => topic.repairs)];
    return { checkpoint: written ?? EMPTY_CHECKPOINT, entries, topics, repairs: all };
  }

  createTopic(definition: TopicDefinition): readonly SegmentStore[] {
    this.#folders.create(definition);
    return this.storesOf(definition);
  }

  /** The stores of a topic that is there. */
  storesOf({ topic, partitions }: TopicDefinition): readonly SegmentStore[] {
    const stores = Array.from({ length: partitions }, (_, partition) => {
      const directory = this.#folders.partition(topic, partition);
      guarded('make', directory, () => mkdirSync(directory, { recursive: true }));
      return new SegmentStore({ directory, files: this.#files, segmentBytes: this.#segmentBytes });
    });
    this.#stores.push(...stores);
    return stores;
  }

  append(entry: JournalEntry): void {
    this.#journal.append(entry);
  }

  get checkpointDue(): boolean {
    return this.#journal.bytes >= this.#dueBytes;
  }

  checkpoint(state: Checkpoint, entries: readonly JournalEntry[]): void {
    for (const store of this.#stores) store.syncNow();
    const next = this.#journalOf(this.#journalNumber + 1);
    next.open();
    for (const entry of entries) next.append(entry);
    next.syncNow();
    const written: WrittenCheckpoint = { ...state, journal: this.#journalNumber + 1 };
    writeFramed(join(this.#directory, CHECKPOINT), written);
    syncPathsNow([this.#directory]);
    this.#journalNumber++;
    this.#journal = next;
    this.#dueBytes = Math.max(this.#journalBytes, 4 * next.bytes);
    this.#removeOtherJournals();
  }

  syncJournal(): Promise<void> {
    return this.#journal.sync();
  }

  /** As {@link syncJournal}, blocking. */
  syncJournalNow(): void {
    this.#journal.syncNow();
  }

  close(): void {
    try {
      for (const store of this.#stores) store.syncNow();
      this.#journal.syncNow();
    } finally {
      this.release();
    }
  }

  release(): void {
    this.#files.closeAll();
    this.#unlock();
  }

  #journalOf(number: number): JournalFile {
    return new JournalFile(join(this.#directory, `journal-${number}`), this.#files);
  }

  #removeOtherJournals(): void {
    for (const name of guarded('list', this.#directory, () => readdirSync(this.#directory))) {
      if (!name.startsWith('journal-') || name === `journal-${this.#journalNumber}`) continue;
      const path = join(this.#directory, name);
      this.#files.close(path);
      guarded('remove', path, () => rmSync(path, { force: true }));
    }
  }
}

/** Nothing is written to, or removed from, a directory that holds anything else. */
function requireOwn(directory: string): void {
  const foreign = guarded('list', directory, () => readdirSync(directory)).find((name) => !OWN_NAMES.test(name));
  if (foreign === undefined) return;
  throw new ConnectorError(
    'CONNECTOR_FAILED',
    `Expected directory ${directory} to hold nothing but an embedded broker's files, it holds ${foreign}`,
  );
}

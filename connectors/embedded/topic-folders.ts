import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_PARTITIONS, type TopicDefinition } from './broker-storage.ts';
import { readFramed, writeFramed } from './framed-file.ts';
import { guarded, syncPathsNow } from './open-files.ts';

/** Where a topic is made before it is there. */
const DRAFTS = 'drafts';
const TOPICS = 'topics';
const DEFINITION = 'topic';

/** A topic that was found. */
export interface FoundTopic extends TopicDefinition {
  readonly repairs: readonly string[];
}

/** The folders of topics: one each, and in it the definition and one folder for each partition. */
export class TopicFolders {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws ConnectorError `CONNECTOR_FAILED` */
  find(): FoundTopic[] {
    const drafts = join(this.#directory, DRAFTS);
    const topics = join(this.#directory, TOPICS);
    return guarded('read', this.#directory, () => {
      rmSync(drafts, { recursive: true, force: true });
      mkdirSync(drafts);
      mkdirSync(topics, { recursive: true });
      return readdirSync(topics).map((topic) => this.#found(topic));
    });
  }

  /** Makes the folders of a topic, all or none. */
  create({ topic, partitions, config }: TopicDefinition): void {
    const draft = join(this.#directory, DRAFTS, topic);
    const folder = join(this.#directory, TOPICS, topic);
    guarded('make', folder, () => {
      rmSync(draft, { recursive: true, force: true });
      mkdirSync(draft);
      for (let partition = 0; partition < partitions; partition++) mkdirSync(join(draft, String(partition)));
      writeFramed(join(draft, DEFINITION), { partitions, config: Object.fromEntries(config) });
      renameSync(draft, folder);
    });
    syncPathsNow([folder, join(this.#directory, TOPICS)]);
  }

  partition(topic: string, partition: number): string {
    return join(this.#directory, TOPICS, topic, String(partition));
  }

  /** A definition that cannot be read leaves what the folders tell, and the settings' defaults. */
  #found(topic: string): FoundTopic {
    const folder = join(this.#directory, TOPICS, topic);
    const written = readFramed(join(folder, DEFINITION)) as
      | { readonly partitions: number; readonly config: Record<string, string> }
      | undefined;
    if (written !== undefined && Number.isInteger(written.partitions) && written.partitions <= MAX_PARTITIONS) {
      return { topic, partitions: written.partitions, config: new Map(Object.entries(written.config)), repairs: [] };
    }
    const partitions = readdirSync(folder).filter((name) => /^\d+$/.test(name)).length;
    const repairs = [`topic ${topic} has lost its definition: it has ${partitions} partitions and default settings`];
    return { topic, partitions, config: new Map(), repairs };
  }
}

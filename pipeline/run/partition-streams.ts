import {
  deadLetterRecord,
  jsonDecoder,
  type KafkaRecord,
  type OutgoingRecord,
  pcmDecoder,
  type RecordDecoder,
} from '../../connectors/index.ts';
import { type Chunk, chunkLength, InputError, ShapeError } from '../../core/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import type { ModelPool } from '../workers/model-pool.ts';
import type { ModelSpec } from '../workers/model-spec.ts';
import type { Finding } from './finding.ts';
import type { PipelineLog } from './pipeline-options.ts';
import { StreamTask } from './stream-task.ts';

/** Options of {@link PartitionStreams}. */
export interface PartitionStreamsOptions {
  readonly partition: number;
  readonly pool: ModelPool;
  readonly spec: ModelSpec;
  /** Names of the channels. */
  readonly columns: readonly string[];
  readonly kafka: Pick<NonNullable<PipelineConfig['source']['kafka']>, 'format' | 'values' | 'time'>;
  readonly deadLetterTopic: string;
  readonly log: ((line: PipelineLog) => void) | undefined;
}

/** What a batch of records came to. */
export interface Made {
  readonly findings: Finding[];
  readonly deadLetters: OutgoingRecord[];
  samples: number;
}

/** The streams of one partition, by key, and their decoder. */
export class PartitionStreams {
  readonly #options: PartitionStreamsOptions;
  readonly #decoder: RecordDecoder;
  readonly #tasks = new Map<string, StreamTask>();
  /** A batch that is tried again has moved the streams already: what it made is kept until it is written. */
  #last: { readonly records: readonly KafkaRecord[]; readonly made: Made } | undefined;

  constructor(options: PartitionStreamsOptions) {
    const { format, values, time } = options.kafka;
    this.#options = options;
    const names = {
      ...(values === undefined ? {} : { valueColumns: values }),
      ...(time === undefined ? {} : { timeColumn: time }),
    };
    this.#decoder = format === 'pcm' ? pcmDecoder() : jsonDecoder(names);
  }

  async process(records: readonly KafkaRecord[]): Promise<Made> {
    if (this.#last?.records === records) return this.#last.made;
    const made: Made = { findings: [], deadLetters: [], samples: 0 };
    for (const record of records) {
      try {
        const chunk = this.#decoder.decode(record);
        for (const finding of await this.#taskOf(chunk).process(chunk)) made.findings.push(finding);
        made.samples += chunkLength(chunk);
      } catch (error) {
        if (!(error instanceof InputError || error instanceof ShapeError)) throw error;
        made.deadLetters.push(this.#deadLetter(record, error));
      }
    }
    this.#last = { records, made };
    return made;
  }

  /** What the streams still owe at their end. A stream that cannot tell it does not keep the others from it. */
  async finish(): Promise<Made> {
    const tasks = [...this.#tasks.values()];
    const owed = await Promise.allSettled(tasks.map((task) => task.finish()));
    const findings = owed.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    const lost = owed.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
    if (lost.length > 0) {
      const { partition, log } = this.#options;
      log?.({ event: 'owed-findings-lost', partition, streams: lost.length, message: lost[0]?.message });
    }
    return { findings, deadLetters: [], samples: 0 };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#tasks.values()].map((task) => task.close()));
    this.#tasks.clear();
  }

  #taskOf(chunk: Chunk): StreamTask {
    const { streamId } = chunk;
    let task = this.#tasks.get(streamId);
    if (task === undefined) {
      const { pool, spec, columns } = this.#options;
      task = new StreamTask(pool, { spec, streamId, columns });
      this.#tasks.set(streamId, task);
    }
    return task;
  }

  #deadLetter(record: KafkaRecord, error: InputError | ShapeError): OutgoingRecord {
    const { deadLetterTopic, log } = this.#options;
    const { topic, partition, offset } = record;
    const { code, message } = error;
    log?.({ event: 'dead-letter', topic, partition, offset: String(offset), code, message });
    return deadLetterRecord(record, error, { topic: deadLetterTopic });
  }
}

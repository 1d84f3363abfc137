import { writeFileSync } from 'node:fs';
import { encodeJsonRecord, type KafkaTransport } from '../../../connectors/index.ts';
import { eventually } from '../../checks/eventually.ts';
import { testBrokers } from '../kafka/broker-setup.ts';
import { produce } from '../kafka/harness.ts';
import { type CommandResult, collect, start } from './run-command.ts';

/** Recent: retention goes by the records' own time. */
const START_MS = Date.now();

/** One line of a run's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** `longwave run` as a process, with its log as it comes. */
export class KafkaRun {
  readonly lines: LogLine[] = [];
  readonly ended: Promise<CommandResult>;
  readonly #child: ReturnType<typeof start>;
  #isOver = false;

  constructor(file: string) {
    this.#child = start(['run', file]);
    this.ended = collect(this.#child).finally(() => {
      this.#isOver = true;
    });
    let rest = '';
    this.#child.stderr.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.lines.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)));
    });
  }

  /** Lines of one event. */
  events(event: string): readonly LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  /** Waits for a condition; fails at once where the run has ended before. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await eventually(what, async () => {
      if (this.#isOver) throw new Error(`Expected ${what}, the run has ended: ${(await this.ended).stderr}`);
      return condition();
    });
  }

  /** Drains it and waits for its end. */
  stop(): Promise<CommandResult> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }
}

/** Parts of a pipeline file. */
export interface PipelineParts {
  readonly input: string;
  readonly encoder?: string;
  readonly checkpoint?: string;
  readonly extra?: string;
}

/** Writes the file of a pipeline that encodes rows of one value from a topic. Its group is `g-` and the topic's name. */
export function writePipeline(file: string, parts: PipelineParts): string {
  const {
    input,
    encoder = 'hiddenSize: 8, numLayers: 2, numHeads: 2, window: 8',
    checkpoint = 'commitMs: 20',
    extra = '',
  } = parts;
  writeFileSync(
    file,
    `name: operated
source:
  kafka: { brokers: ${JSON.stringify(testBrokers().split(','))}, topic: ${input}, groupId: g-${input}, format: json, values: [load] }
front: { none: {} }
encoder: { ${encoder} }
head: { embedding: {} }
sink: { kafka: { topic: ${input}.out } }
checkpoint: { ${checkpoint} }
${extra}
`,
  );
  return file;
}

/** Sends records of ten rows each to partition 0, which go on at row `from`. */
export async function sendRows(
  transport: KafkaTransport,
  topic: string,
  { from, records }: { readonly from: number; readonly records: number },
): Promise<void> {
  const rows = (startSample: number) => ({
    ...{ streamId: 'pump', startSample, sampleRateHz: 0, channels: 1, eventTimeMs: START_MS + startSample },
    samples: Float64Array.from({ length: 10 }, (_, i) => Math.sin((startSample + i) / 3)),
  });
  const made = Array.from({ length: records }, (_, i) => encodeJsonRecord(rows(from + 10 * i), ['load']));
  await produce(
    transport,
    topic,
    made.map((record) => ({ ...record, partition: 0 })),
  );
}

/** Waits until the group of a pipeline has committed an offset of partition 0. */
export async function untilCommitted(
  run: KafkaRun,
  transport: KafkaTransport,
  topic: string,
  offset: bigint,
): Promise<void> {
  const admin = await transport.admin();
  try {
    await run.until(
      `offset ${offset} of ${topic}`,
      async () => (await admin.committed(`g-${topic}`, topic)).get(0) === offset,
    );
  } finally {
    await admin.close();
  }
}

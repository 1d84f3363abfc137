import { deadLetterTopic, lateTopic } from '../../connectors/index.ts';
import type { RuleFault } from './replay-rules.ts';

/** The fields of a pipeline file that name topics on the brokers of its source. */
export interface TopicFields {
  readonly source: { readonly kafka?: { readonly topic: string; readonly groupId: string } | undefined };
  readonly sink: {
    readonly kafka?:
      | {
          readonly topic: string;
          readonly deadLetterTopic?: string | undefined;
          readonly brokers?: readonly string[] | undefined;
        }
      | undefined;
  };
  readonly input?: { readonly late: 'topic' | 'dead-letter' } | undefined;
  readonly checkpoint?:
    | { readonly stateTopic?: string | undefined; readonly snapshotTopic?: string | undefined }
    | undefined;
}

interface NamedTopic {
  readonly path: readonly string[];
  readonly topic: string;
  /** What else may go there. */
  readonly shares: boolean;
}

/** Topics that must be two and are one: a pipeline that reads what it writes never ends, states among findings are none. */
export function topicFaults({ source, sink, input, checkpoint }: TopicFields): readonly RuleFault[] {
  if (source.kafka === undefined) return [];
  const { topic, groupId } = source.kafka;
  const output = sink.kafka?.brokers === undefined ? sink.kafka?.topic : undefined;
  const named: NamedTopic[] = [
    { path: ['source', 'kafka', 'topic'], topic, shares: false },
    ...(output === undefined ? [] : [{ path: ['sink', 'kafka', 'topic'], topic: output, shares: true }]),
    {
      path: ['sink', 'kafka', 'deadLetterTopic'],
      topic: sink.kafka?.deadLetterTopic ?? deadLetterTopic(topic),
      shares: true,
    },
    ...(input?.late === 'topic' ? [{ path: ['input', 'late'], topic: lateTopic(topic), shares: true }] : []),
    { path: ['checkpoint', 'stateTopic'], topic: checkpoint?.stateTopic ?? `${groupId}.state`, shares: false },
    {
      path: ['checkpoint', 'snapshotTopic'],
      topic: checkpoint?.snapshotTopic ?? `${groupId}.snapshots`,
      shares: false,
    },
  ];
  return named.flatMap((one, i) => {
    const other = named
      .slice(0, i)
      .find(({ topic: before, shares }) => before === one.topic && !(shares && one.shares));
    if (other === undefined) return [];
    return [
      {
        path: one.path,
        message: `Expected another topic than \`${other.path.join('.')}\`, got ${one.topic} for both`,
      },
    ];
  });
}

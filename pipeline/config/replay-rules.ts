import type { CheckpointConfig } from './checkpoint-schema.ts';
import type { InputOrderConfig } from './input-schema.ts';

/** The fields of a pipeline file that restoring by replay depends on. */
export interface ReplayFields {
  readonly checkpoint?: Pick<CheckpointConfig, 'restore'> | undefined;
  readonly input?: Pick<InputOrderConfig, 'reorder'> | undefined;
  readonly head: { readonly embedding?: unknown };
  readonly front?: { readonly scale?: unknown } | undefined;
}

/** A fault of a pipeline file: the field, and what was expected of it. */
export interface RuleFault {
  readonly path: readonly string[];
  readonly message: string;
}

/** What speaks against `checkpoint.restore: replay`, as far as a file tells; what a model says of it is found when it is opened. */
export function replayFaults(
  { checkpoint, head, front, input }: ReplayFields,
  guarantee: 'exactly-once' | 'at-least-once',
): readonly RuleFault[] {
  if (checkpoint?.restore !== 'replay') return [];
  const reasons = [
    ...(head.embedding === undefined
      ? ['`head` embedding: the statistics of the others go back to the first token']
      : []),
    ...(front?.scale === undefined ? [] : ['no `front.scale`: its means go back to the first row']),
    ...(input?.reorder === undefined ? [] : ['no `input.reorder`: records that wait are part of the state']),
    ...(guarantee === 'exactly-once' ? [] : ['`guarantee` exactly-once: else the offset may not have followed']),
  ];
  return reasons.map((reason) => ({
    path: ['checkpoint', 'restore'],
    message: `Expected snapshot, because replay needs ${reason}`,
  }));
}

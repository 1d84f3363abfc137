import { join } from 'node:path';
import { LocalCopies } from '../checkpoint/index.ts';
import type { EventLog } from '../operations/index.ts';

/** What {@link localStates} works with. */
export interface LocalStatesOptions {
  readonly directory: string;
  /** The topic whose states are copied. */
  readonly topic: string;
  readonly log: EventLog;
}

/** Copies of the states of all partitions, in a folder of its own each. */
export interface LocalStates {
  of(partition: number): LocalCopies;
  /** Resolves when what was committed is copied. */
  close(): Promise<void>;
}

/** Keeps copies of states in a directory; several topics and processes may share it. */
export function localStates({ directory, topic, log }: LocalStatesOptions): LocalStates {
  const partitions = new Map<number, LocalCopies>();
  return {
    of: (partition) => {
      const known = partitions.get(partition);
      if (known !== undefined) return known;
      const copies = new LocalCopies({
        directory: join(directory, `${topic}-${partition}`),
        onFailed: (error) => log('local-copies-failed', { partition, message: String(error) }),
      });
      partitions.set(partition, copies);
      return copies;
    },
    close: async () => {
      await Promise.all([...partitions.values()].map((copies) => copies.settled()));
    },
  };
}

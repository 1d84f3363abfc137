import { type Sink, StateError } from '../../core/index.ts';

/** A sink that keeps what it takes. */
export interface MemorySink<T> extends Sink<T> {
  /** Everything taken so far, in order. Grows without bound: for tests and small results. */
  readonly items: readonly T[];
  readonly closed: boolean;
}

/** Makes a {@link MemorySink}. Writing after `close` throws StateError `STREAM_CLOSED`. */
export function memorySink<T>(name = 'memory'): MemorySink<T> {
  const items: T[] = [];
  let closed = false;
  return {
    name,
    items,
    get closed() {
      return closed;
    },
    async write(batch) {
      if (closed) throw new StateError('STREAM_CLOSED', `Expected ${name} to be open, it is closed`);
      for (const item of batch) items.push(item);
    },
    async close() {
      closed = true;
    },
  };
}

import { createRequire } from 'node:module';

/** The part of the client that keeps the requests of one connection. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  /** Looks for requests without an answer, ten times a second. */
  readonly requestTimeoutIntervalId: NodeJS.Timeout | null;
  /** Looks for requests that had to wait. */
  readonly throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleRequestTimeoutCheck(): void;
  scheduleCheckPendingRequests(): void;
}

const corrected = new WeakSet<RequestQueue>();

/**
 * Keeps the client's timers from holding the process and from spinning. Once a connection has had a request, the client looks
 * for waiting ones each millisecond, also where none waits; and where a broker died with requests on their way it never stops the
 * timers of that connection, so that a program that is done would not end. Here it looks while a request waits, and an
 * open connection alone holds the process.
 *
 * Does nothing the second time.
 */
export function tameRequestTimers(): void {
  const load = createRequire(import.meta.url);
  const queue = (load('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue }).prototype;
  if (corrected.has(queue)) return;
  corrected.add(queue);
  const { scheduleRequestTimeoutCheck, scheduleCheckPendingRequests } = queue;
  queue.scheduleRequestTimeoutCheck = function (this: RequestQueue): void {
    scheduleRequestTimeoutCheck.call(this);
    this.requestTimeoutIntervalId?.unref();
  };
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length === 0) return;
    scheduleCheckPendingRequests.call(this);
    this.throttleCheckTimeoutId?.unref();
  };
}

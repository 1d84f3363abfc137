import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tameRequestTimers } from '../../../connectors/kafka/kafkajs-timers.ts';

interface Queue {
  readonly requestTimeoutIntervalId: NodeJS.Timeout | null;
  readonly throttleCheckTimeoutId: NodeJS.Timeout | null;
  pending: unknown[];
  scheduleRequestTimeoutCheck(): void;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

const load = createRequire(import.meta.url);
const RequestQueue = load('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;

describe('tameRequestTimers', () => {
  let queue: Queue;
  beforeEach(() => {
    tameRequestTimers();
    tameRequestTimers();
    queue = new RequestQueue({
      ...{ maxInFlightRequests: 1, requestTimeout: 1000, enforceRequestTimeout: true, clientId: 'c', broker: 'b:1' },
      ...{ instrumentationEmitter: null, logger: { debug: () => {} }, isConnected: () => true },
    });
  });
  afterEach(() => queue.destroy());

  it('lets the process end while the client looks for requests without an answer', () => {
    queue.scheduleRequestTimeoutCheck();
    expect(queue.requestTimeoutIntervalId?.hasRef()).toBe(false);
  });

  it('has the client look for waiting requests while there are any, and only then', () => {
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
    queue.pending = [{}];
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId?.hasRef()).toBe(false);
  });
});

import { afterAll, beforeAll, describe, type TestContext } from 'vitest';
import { type KafkaTransport, kafkajsTransport } from '../../../connectors/kafka/index.ts';
import type { NoBroker } from '../../../scripts/broker.mjs';

interface Started {
  readonly brokers: string;
  readonly stop: () => Promise<void>;
}

/** Brokers that the tests of a suite may kill, and a transport to them; skips the test, and said so, where there are none. */
export type OwnBrokers<T> = (context: TestContext) => { readonly brokers: T; readonly transport: KafkaTransport };

/**
 * `describe` for a suite with brokers of its own: they start before its tests and end after them. Where none can be had the
 * tests are skipped aloud; with `CI=true` that is a failure, unless `KAFKA_BROKERS` names brokers that are not ours to kill.
 */
export function describeWithOwnBrokers<T extends Started>(
  name: string,
  start: () => Promise<T | NoBroker>,
  suite: (own: OwnBrokers<T>) => void,
): void {
  const foreign = process.env.KAFKA_BROKERS ? 'KAFKA_BROKERS names brokers that are not ours to kill' : undefined;
  describe(name, () => {
    let brokers: T | undefined;
    let transport: KafkaTransport | undefined;
    let reason = foreign;
    beforeAll(async () => {
      if (foreign === undefined) {
        const started = await start();
        if (started.brokers === undefined) reason = (started as NoBroker).reason;
        else {
          brokers = started as T;
          transport = await kafkajsTransport({ brokers: brokers.brokers });
        }
      }
      if (brokers !== undefined) return;
      if (foreign === undefined && process.env.CI === 'true') throw new Error(`Expected brokers, got none: ${reason}`);
      process.stderr.write(`\nSKIPPED: ${name}: ${reason}\n`);
    }, 180_000);
    afterAll(() => brokers?.stop(), 60_000);
    suite((context) => {
      if (brokers === undefined || transport === undefined) context.skip(reason);
      return { brokers, transport } as { brokers: T; transport: KafkaTransport };
    });
  });
}

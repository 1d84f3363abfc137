import { expect, it } from 'vitest';
import { END_TXN_FAULTS } from '../../../bench/faults/broker-proxy.ts';
import { proxyRound } from '../../../bench/faults/proxy-round.ts';
import { unfailedRun } from '../../../bench/faults/run-end.ts';
import { describeWithBroker, testTransport } from '../kafka/broker-setup.ts';
import { expectExact, openScenario } from './fault-setup.ts';

/** INVALID_PRODUCER_EPOCH and PRODUCER_FENCED: the brokers take it for that of a producer that is gone. */
const REFUSED = [47, 90];

describeWithBroker('Ends of transactions that get lost on the way', () => {
  // The proxy stands before brokers of this machine.
  it.skipIf(process.env.KAFKA_BROKERS)(
    'tear no output, whether lost, unanswered, slow or late',
    async () => {
      const transport = await testTransport();
      const scenario = await openScenario(transport);
      const { committed, faults, lateAnswers } = await proxyRound(scenario, transport, {
        ...{ run: 'proxied', records: 400, faults: [...END_TXN_FAULTS, ...END_TXN_FAULTS] },
      });
      expect(faults).toBe(8);
      expect(lateAnswers.length).toBe(2);
      for (const answer of lateAnswers) expect(REFUSED).toContain(answer);
      expectExact(await unfailedRun(scenario, transport), committed);
    },
    240_000,
  );
});

import { expect, it } from 'vitest';
import { unfailedRun } from '../../../bench/faults/run-end.ts';
import { zombieRound } from '../../../bench/faults/zombie-round.ts';
import { describeWithBroker, testTransport } from '../kafka/broker-setup.ts';
import { expectExact, openScenario } from './fault-setup.ts';

describeWithBroker('A worker that is stopped past its session and wakes up', () => {
  it.each(['records', 'offset', 'commit'] as const)(
    'is fenced and writes nothing twice, when it was stopped before `%s`',
    async (step) => {
      const transport = await testTransport();
      const scenario = await openScenario(transport);
      const { committed, fenced } = await zombieRound(scenario, transport, {
        ...{ run: 'zombie', records: 300, step, count: 3 },
      });
      expect(fenced).toBeGreaterThan(0);
      expectExact(await unfailedRun(scenario, transport), committed);
    },
    120_000,
  );
});

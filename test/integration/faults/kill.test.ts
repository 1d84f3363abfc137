import { expect, it } from 'vitest';
import { killRound } from '../../../bench/faults/kill-round.ts';
import { unfailedRun } from '../../../bench/faults/run-end.ts';
import { COMMIT_STEPS } from '../../../pipeline/index.ts';
import { describeWithBroker, testTransport } from '../kafka/broker-setup.ts';
import { expectExact, openScenario } from './fault-setup.ts';

describeWithBroker('Workers that die by `kill -9`', () => {
  it('leave the output of an unfailed run, at whichever step of a commit each of six died', async () => {
    const transport = await testTransport();
    const scenario = await openScenario(transport);
    const faults = COMMIT_STEPS.map((step, i) => ({ step, count: 1 + (i % 3), signal: 'SIGKILL' as const }));
    const { committed } = await killRound(scenario, transport, {
      ...{ run: 'killed', faults, records: 600, batch: 20 },
    });
    expect(scenario.sent).toBe(600);
    expectExact(await unfailedRun(scenario, transport), committed);
  }, 180_000);
});

import { expect, it } from 'vitest';
import { unfailedRun } from '../../../bench/faults/run-end.ts';
import { stormRound } from '../../../bench/faults/storm-round.ts';
import { Random } from '../../../core/index.ts';
import { describeWithBroker, testTransport } from '../kafka/broker-setup.ts';
import { expectExact, openScenario } from './fault-setup.ts';

describeWithBroker('Workers that join and leave every two seconds', () => {
  it('give the output of one that stays', async () => {
    const transport = await testTransport();
    const scenario = await openScenario(transport, { partitions: 8, keys: 16 });
    const { committed } = await stormRound(scenario, transport, {
      ...{ run: 'storm', records: 1200, changes: 5, everyMs: 2000, random: new Random(5) },
    });
    expect(scenario.sent).toBe(1200);
    expectExact(await unfailedRun(scenario, transport), committed);
  }, 180_000);
});

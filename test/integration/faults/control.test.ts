import { expect, it } from 'vitest';
import { killRound } from '../../../bench/faults/kill-round.ts';
import { unfailedRun } from '../../../bench/faults/run-end.ts';
import { compare, idFaults } from '../../../bench/faults/verdict.ts';
import { describeWithBroker, testTransport } from '../kafka/broker-setup.ts';
import { openScenario } from './fault-setup.ts';

describeWithBroker('The same faults without transactions', () => {
  it('are found in the output: records twice, none lost', async () => {
    const transport = await testTransport();
    const scenario = await openScenario(transport, { extra: 'guarantee: at-least-once' });
    // Between the findings and the offset: what has been written is written again.
    const faults = [2, 2].map((count) => ({ step: 'commit' as const, count, signal: 'SIGKILL' as const }));
    const { committed } = await killRound(scenario, transport, { run: 'killed', faults, records: 300, batch: 20 });
    const verdict = compare(await unfailedRun(scenario, transport), committed);
    expect(verdict).toMatchObject({ isIdentical: false, lost: 0, changed: 0, expected: 300 });
    expect(verdict.duplicated).toBeGreaterThan(0);
    expect(idFaults(committed).length).toBeGreaterThan(0);
  }, 120_000);
});

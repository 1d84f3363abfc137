import { parseArgs } from 'node:util';
import { kafkajsTransport } from '../../connectors/index.ts';
import { ConfigError, LongwaveError, Random } from '../../core/index.ts';
import { COMMIT_STEPS } from '../../pipeline/index.ts';
import { judge, killRound, unfailedRun } from './kill-round.ts';
import { Scenario } from './scenario.ts';
import type { StepFault } from './worker-process.ts';

/** `npm run faults -- --brokers host:port [--rounds N] [--seed S] [--json]`. Exit codes: 0 exact, 1 not, 2 wrong use. */
const USAGE = 'Usage: faults --brokers host:port [--rounds N] [--seed S] [--json]\n';
const RECORDS = 600;
const KILLS = 3;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { brokers, rounds, seed, json } = readOptions();
    const transport = await kafkajsTransport({ brokers });
    const random = new Random(seed);
    let exact = 0;
    for (let round = 0; round < rounds; round++) {
      const scenario = await Scenario.open(transport, {
        ...{ partitions: 2, keys: 4, seed: Math.floor(random.nextUnit() * 2 ** 31), sessionTimeoutMs: 1500 },
      });
      const faults = Array.from(
        { length: KILLS },
        (): StepFault => ({
          step: COMMIT_STEPS[Math.floor(random.nextUnit() * COMMIT_STEPS.length)] as StepFault['step'],
          count: 1 + Math.floor(random.nextUnit() * 8),
          signal: 'SIGKILL',
        }),
      );
      const got = await killRound(scenario, transport, { run: 'killed', faults, records: RECORDS, batch: 20 });
      const { verdict } = judge(await unfailedRun(scenario, transport), got, faults.length);
      if (verdict.isIdentical) exact += 1;
      const points = faults.map(({ step, count }) => `${step}:${count}`).join(' ');
      process.stdout.write(
        json
          ? `${JSON.stringify({ faults: 'kill', round, seed, points, ...verdict })}\n`
          : `round ${round}  ${points}  records ${verdict.got}/${verdict.expected}  lost ${verdict.lost}  duplicated ${verdict.duplicated}  changed ${verdict.changed}\n`,
      );
    }
    return exact === rounds ? 0 : 1;
  } catch (error) {
    if (!(error instanceof LongwaveError)) throw error;
    process.stderr.write(`faults: ${error.message} [${error.code}]\n${USAGE}`);
    return error instanceof ConfigError ? 2 : 1;
  }
}

function readOptions(): {
  readonly brokers: string;
  readonly rounds: number;
  readonly seed: number;
  readonly json: boolean;
} {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string', default: process.env.KAFKA_BROKERS ?? '' },
      rounds: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  return { brokers: values.brokers, rounds: Number(values.rounds), seed: Number(values.seed), json: values.json };
}

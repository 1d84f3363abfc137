import { ConfigError, LongwaveError, Random } from '../../core/index.ts';
import { FaultBrokers } from './fault-brokers.ts';
import { readFaultOptions, USAGE } from './fault-options.ts';
import { faultTable, isExact, roundLine } from './fault-report.ts';
import { type RoundReport, randomRound } from './random-round.ts';

/** `npm run faults`: rounds of faults at random. Exit codes: 0 all exact, 1 not, 2 wrong use. */
process.exitCode = await main();

async function main(): Promise<number> {
  let brokers: FaultBrokers | undefined;
  try {
    const { rounds, seed, kinds, brokers: named, json } = readFaultOptions(process.argv.slice(2));
    brokers = new FaultBrokers(named);
    const random = new Random(seed);
    const reports: RoundReport[] = [];
    for (let round = 0; round < rounds; round++) {
      const kind = kinds[Math.floor(random.nextUnit() * kinds.length)]!;
      const report = await randomRound(kind, await brokers.placeFor(kind), random);
      reports.push(report);
      process.stdout.write(`${json ? JSON.stringify({ round, ...report }) : roundLine(round, report)}\n`);
    }
    if (!json) process.stdout.write(`\n${faultTable(reports)}\n`);
    return reports.every(isExact) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof LongwaveError)) throw error;
    const isMisuse = error instanceof ConfigError;
    process.stderr.write(`faults: ${error.message} [${error.code}]\n${isMisuse ? USAGE : ''}`);
    return isMisuse ? 2 : 1;
  } finally {
    await brokers?.close();
  }
}

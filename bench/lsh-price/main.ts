import { parseArgs } from 'node:util';
import { tolerateClosedPipe } from '../../connectors/index.ts';
import { LongwaveError, requireInteger } from '../../core/index.ts';
import { lshPrice, type PriceMeasurement } from './lsh-price.ts';

tolerateClosedPipe();

/** `npm run bench:lsh-price -- [--tokens N] [--json]`. Exit codes: 0 done, 2 wrong use. */
const USAGE = 'Usage: bench:lsh-price [--tokens N] [--json]\n';

const HEADER = `LSH on streams: two layers of width 32, 2 heads, 2 rounds of 32 buckets, horizon 256; one token a push
rule            stream        tokens  µs/token  candidates (mean, most)  fullest bucket    evicted  caches
`;

process.exitCode = main();

function main(): number {
  try {
    const { values } = parseArgs({
      options: { tokens: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
    });
    const tokens = requireInteger('tokens', Number(values.tokens), { min: 1000, max: 1e9 });
    const marks = [1000, 10_000, 100_000, 1_000_000].filter((mark) => mark < tokens).concat(tokens);
    if (!values.json) process.stdout.write(HEADER);
    for (const rule of ['bucket-recency', 'prefix-exact'] as const) {
      for (const one of lshPrice(rule, marks))
        process.stdout.write(values.json ? `${JSON.stringify(one)}\n` : row(one));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof LongwaveError) && !(error instanceof TypeError)) throw error;
    process.stderr.write(`bench:lsh-price: ${error.message}\n${USAGE}`);
    return 2;
  }
}

function row(one: PriceMeasurement): string {
  const columns = [
    one.rule.padEnd(15),
    one.stream.padEnd(12),
    String(one.position).padStart(7),
    one.usPerToken.toFixed(1).padStart(9),
    `${one.meanCandidates.toFixed(1)}, ${one.mostCandidates}`.padStart(24),
    `${(100 * one.fullestBucket).toFixed(0)} %`.padStart(15),
    String(one.evictions).padStart(10),
    `${Math.round(one.cacheBytes / 1024)} KiB`.padStart(8),
  ];
  return `${columns.join(' ')}\n`;
}

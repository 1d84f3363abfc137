import type { RecallMeasurement } from './measurement.ts';
import type { RecallAtPrice } from './same-price.ts';
import type { LshSetting, Setting } from './setting.ts';

const TITLES = {
  raw: 'the tokens themselves, one head',
  projected: 'the first layer of an untrained Reformer',
  peaked: 'the same, scores multiplied',
} as const;

const WHAT_WIDTH = 46;

/** Head of a block of rows that share tokens and vectors. */
export function describeBlock({ data, name, tokens, queries, vectors, sharpness, topMass }: RecallMeasurement): string {
  const heads = `${'rule'.padEnd(WHAT_WIDTH)} |J|  keys   top 8  top 32   mass   error      µs`;
  return [
    '',
    `${data}: ${name}, ${tokens} tokens, ${queries} queries; ${vectors}: ${TITLES[vectors]}`,
    `scores × ${Number(sharpness.toPrecision(3))}; the 32 best keys hold ${topMass.toFixed(2)} of full attention`,
    `${heads}   | window of as many keys: top 8  top 32   mass   error      µs`,
    '',
  ].join('\n');
}

/** One row of the table for people, without a line end. */
export function describeRow(measurement: RecallMeasurement): string {
  const { setting, window } = measurement;
  const what = describeSetting(setting);
  const counts = `${measurement.candidates.toFixed(0).padStart(4)}  ${measurement.keys.toFixed(0).padStart(4)}`;
  const own = `${what.padEnd(WHAT_WIDTH)}${counts}  ${figures(measurement)}`;
  return window === undefined ? own : `${own}   |${' '.repeat(23)}${figures(window)}`;
}

/** What rules see beside the window of the same price. */
export function describeAtPrice(lines: readonly RecallAtPrice[]): string {
  const head = `\n${'at the same price'.padEnd(WHAT_WIDTH)}   µs   mass   error   | window    keys   mass   error`;
  const rows = lines.map((line) => {
    const own = `${line.usPerToken.toFixed(0).padStart(5)} ${share(line.mass)}  ${share(line.error)}`;
    const window = `${line.windowKeys.toFixed(0).padStart(5)} ${share(line.windowMass)}  ${share(line.windowError)}`;
    return `${`${line.vectors.padEnd(9)}  ${describeSetting(line.setting)}`.padEnd(WHAT_WIDTH)}${own}   |         ${window}`;
  });
  return lines.length === 0 ? '' : `${[head, ...rows].join('\n')}\n`;
}

function describeSetting(setting: Setting): string {
  return setting.rule === 'window' ? `window ${setting.keys}` : describeLsh(setting);
}

function describeLsh({ rule, rounds, numBuckets, horizon, depth, fallback, combine }: LshSetting): string {
  const buckets = typeof numBuckets === 'number' ? numBuckets : numBuckets.join('·');
  const start = `${rule} ${rounds}r ${buckets}b`;
  if (rule === 'offline') return start;
  const remembered = `${start} h${horizon}`;
  if (rule === 'prefix-exact') return remembered;
  return `${remembered} d${depth} f${fallback}${combine === 'union' ? ' union' : ''}`;
}

function figures({ recall8, recall32, mass, error, usPerToken }: NonNullable<RecallMeasurement['window']>): string {
  const price = usPerToken === undefined ? '' : usPerToken.toFixed(0);
  return `${share(recall8)}  ${share(recall32)} ${share(mass)}  ${share(error)}  ${price.padStart(6)}`;
}

function share(value: number): string {
  return value.toFixed(3).padStart(6);
}

import { describeBytes } from '../complexity/units.ts';
import type { ErrorMeasurement, Measurement } from './measurement.ts';

/** Heads of the two tables that {@link describeLine} makes the rows of. */
export const ERROR_HEAD =
  'model     caches    tokens   difference: most        rms  rms / rms of encodings      stream    snapshot';
export const PRICE_HEAD = 'model     caches   streams  µs per token    quickest  against float32';

/** One row for people, without a line end. */
export function describeLine(line: Measurement): string {
  const start = `${line.subject.padEnd(9)} ${line.precision.padEnd(8)}`;
  if (line.kind === 'error') return `${start} ${describeError(line)}`;
  const { streams, usPerToken, lowest, ratio } = line;
  return `${start} ${pad(streams, 7)}  ${pad(usPerToken.toFixed(1), 12)}  ${pad(lowest.toFixed(1), 10)}  ${pad(`${ratio.toFixed(2)} ×`, 15)}`;
}

function describeError({ tokens, most, rms, relative, streamBytes, snapshotBytes }: ErrorMeasurement): string {
  const differences = [pad(scientific(most), 17), pad(scientific(rms), 9), pad(scientific(relative), 22)].join('  ');
  return `${pad(tokens, 7)}  ${differences}  ${pad(describeBytes(streamBytes), 10)}  ${pad(describeBytes(snapshotBytes), 10)}`;
}

function scientific(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}

function pad(value: number | string, width: number): string {
  return String(value).padStart(width);
}

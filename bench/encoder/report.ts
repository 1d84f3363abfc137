import { describeBytes } from '../complexity/units.ts';
import { ENGINE_NAMES, type EncoderLine } from './measurement.ts';
import type { TargetResult } from './targets.ts';

const ENGINE_WIDTH = Math.max(...ENGINE_NAMES.map((name) => name.length));

/** Head of the table that {@link describeLine} makes the rows of. */
export const TABLE_HEAD = `model      size  streams  tokens  ${'engine'.padEnd(ENGINE_WIDTH)}  µs per token    quickest  difference`;

/** One row for people, without a line end. */
export function describeLine(line: EncoderLine): string {
  switch (line.bench) {
    case 'encoder': {
      const { model, config, streams, tokens, engine } = line;
      const start = `${model.padEnd(10)} ${config.padEnd(4)}  ${pad(streams, 7)}  ${pad(tokens, 6)}  ${engine.padEnd(ENGINE_WIDTH)}  `;
      if ('skipped' in line) return `${start}skipped: ${line.skipped}`;
      if ('fault' in line) return `${start}FAULT: ${line.fault}`;
      const { usPerToken, lowest, difference } = line;
      return `${start}${pad(micros(usPerToken), 12)}  ${pad(micros(lowest), 10)}  ${pad(difference === 0 ? '0' : difference.toExponential(1), 10)}`;
    }
    case 'bandwidth':
      return `memory     ${line.config}     reads ${describeBytes(line.bytes)} at ${line.gbPerSecond.toFixed(1)} GB/s: no token below ${micros(line.floorUs)} µs`;
    case 'workers':
      return `workers    ${line.config}     ${line.engine}: one ${line.one.toFixed(0)} tokens per second, two ${line.two.toFixed(0)}: ${line.ratio.toFixed(2)} ×, on ${line.cores.toFixed(2)} cores`;
    case 'idle-streams':
      return `idle       ${line.config}     ${line.engine}: ${line.streams} streams of ${describeBytes(line.stateBytes)} take ${describeBytes(line.residentBytes)}; opening one ${line.openMs.toFixed(3)} ms`;
  }
}

/** The targets as a table, without a last line end. */
export function describeTargets(targets: readonly TargetResult[]): string {
  const width = Math.max(...targets.map(({ target }) => target.length));
  const rows = targets.map(({ target, rule, limit, unit, reached, met, note }) => {
    const wanted = `${rule === 'at-most' ? '≤' : '≥'} ${limit} ${unit}`;
    const start = `${target.padEnd(width)}  ${wanted.padEnd(8)}  `;
    if (reached === undefined) return `${start}not measured: ${note}`;
    const found = `${reached.toPrecision(3)} ${unit}`;
    return `${start}${found.padEnd(10)} ${met === true ? 'met' : 'MISSED'}${note === undefined ? '' : ` (${note})`}`;
  });
  return [`${'target'.padEnd(width)}  wanted    reached`, ...rows].join('\n');
}

function pad(value: number | string, width: number): string {
  return String(value).padStart(width);
}

function micros(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toFixed(1);
}

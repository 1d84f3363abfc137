import type { Writable } from 'node:stream';
import { type Anomaly, type Sink, StateError } from '../../core/index.ts';
import { ndjsonSink } from '../ndjson/index.ts';
import { type FindingSummary, findingLine, summaryLine } from './finding-text.ts';
import { type TerminalLike, type TerminalStyle, terminalStyle } from './terminal-style.ts';

/** Options of {@link terminalSink}. */
export interface TerminalSinkOptions {
  /** Where the text goes; it stays the caller's. Default `process.stdout`. */
  readonly stream?: Writable & TerminalLike;
  /** Width and colours; default those of the stream, see {@link terminalStyle}. */
  readonly style?: TerminalStyle;
}

/**
 * A sink for people: one line for each anomaly as it comes, nothing for ordinary rows, and one line of summary
 * when it is closed. Constant memory.
 * @throws ConnectorError `SINK_FAILED` when the stream fails.
 */
export function terminalSink(options: TerminalSinkOptions = {}): Sink<Anomaly> {
  const stream = options.stream ?? process.stdout;
  const style = options.style ?? terminalStyle(stream);
  const lines = ndjsonSink<string>({ stream, name: 'terminal' }, (line) => line);
  let rows = 0;
  let findings = 0;
  let highest: FindingSummary['highest'];
  let closed = false;
  return {
    name: 'terminal',
    async write(items) {
      if (closed) throw new StateError('STREAM_CLOSED', 'Expected the terminal sink to be open, it is closed');
      for (const { row, score, time } of items) {
        if (highest === undefined || score > highest.score) highest = { row, score, time };
      }
      const found = items.filter((item) => item.isAnomaly);
      rows += items.length;
      findings += found.length;
      await lines.write(found.map((item) => findingLine(item, style)));
    },
    async close() {
      if (closed) return;
      closed = true;
      await lines.write([summaryLine({ rows, findings, highest }, style)]);
      await lines.close();
    },
  };
}

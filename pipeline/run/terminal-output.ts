import type { Writable } from 'node:stream';
import { ndjsonSink, terminalSink } from '../../connectors/index.ts';
import type { Anomaly, Sink } from '../../core/index.ts';
import type { Finding } from '../streams/finding.ts';
import { findingToJson } from '../streams/finding-to-json.ts';

/**
 * Findings for people: one line per anomaly and a summary line at the end. Embeddings have no short form: each is a line of JSON.
 */
export function terminalOutput(stream: Writable): Sink<Finding> {
  const anomalies = terminalSink({ stream });
  const lines = ndjsonSink<Finding>({ stream, name: 'terminal' }, sceneLine);
  let judgedRows = false;
  return {
    name: 'terminal',
    async write(items) {
      const rows: Anomaly[] = [];
      const others: Finding[] = [];
      for (const item of items) {
        if (item.kind === 'anomaly') rows.push(item.value);
        else if (item.kind === 'embedding' || item.value.isAnomaly) others.push(item);
      }
      judgedRows ||= rows.length > 0;
      if (rows.length > 0) await anomalies.write(rows);
      if (others.length > 0) await lines.write(others);
    },
    async close() {
      if (judgedRows) await anomalies.close();
      await lines.close();
    },
  };
}

function sceneLine(finding: Finding): string {
  if (finding.kind !== 'scene') return findingToJson(finding);
  const { token, startSample, score, threshold } = finding.value;
  return `! new scene  token ${token}  sample ${startSample}  score ${score.toFixed(3)} >= ${threshold.toFixed(3)}`;
}

import type { OutgoingRecord } from '../../connectors/index.ts';
import type { Finding } from '../streams/finding.ts';
import { findingToJson } from '../streams/finding-to-json.ts';
import type { CausedFinding } from './unit.ts';

/** What {@link findingRecords} needs to know. */
export interface FindingRecordsOptions {
  readonly topic: string;
  readonly inputPartition: number;
  /** Where findings go: the partition of their input record, where both topics have as many; `undefined`: by their key. */
  readonly partition: number | undefined;
  /** Name of the pipeline and the input topic: who says this. */
  readonly source: string;
  /** Identifies the model and its settings. */
  readonly modelId: string;
}

/**
 * Findings as records: the stream as key, one line of JSON as value, and the headers of the CloudEvents Kafka binding (1.0.2,
 * binary content mode). `ce_id` names the finding itself, not its delivery: kind, stream, where in the input the stream began
 * (`partition-offset`), place and model, so whoever reads it twice can tell, and a stream that ended and began anew with sample 0
 * repeats no name. The timestamp is that of the input record that completed the finding.
 */
export function findingRecords(findings: readonly CausedFinding[], options: FindingRecordsOptions): OutgoingRecord[] {
  const { topic, inputPartition, partition, source, modelId } = options;
  return findings.map(({ finding, openedAt, cause }) => {
    const { streamId, time } = finding.value;
    return {
      topic,
      ...(partition === undefined ? {} : { partition }),
      key: streamId,
      value: findingToJson(finding),
      headers: {
        ce_specversion: '1.0',
        ce_type: `longwave.${finding.kind}`,
        ce_source: source,
        ce_id: `${finding.kind}/${streamId}/${inputPartition}-${openedAt}/${placeOf(finding)}/${modelId}`,
        ...(time !== null && RFC_3339.test(time) ? { ce_time: time } : {}),
        'content-type': 'application/json',
        'lw-kind': finding.kind,
        ...(cause.traceparent === undefined ? {} : { traceparent: cause.traceparent }),
      },
      ...(cause.timestampMs >= 0 ? { timestampMs: cause.timestampMs } : {}),
    };
  });
}

/** What `ce_time` may be; a time that the source wrote otherwise stands in the value only. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function placeOf(finding: Finding): number {
  return finding.kind === 'anomaly' ? finding.value.row : finding.value.startSample;
}

import { anomalyToJson, embeddingToJson } from '../../connectors/index.ts';
import type { Finding } from './finding.ts';

/** A finding as one line of JSON, without its line end and without the stream's name (a Kafka key or a file says that). */
export function findingToJson(finding: Finding): string {
  switch (finding.kind) {
    case 'embedding':
      return embeddingToJson(finding.value);
    case 'anomaly':
      return anomalyToJson(finding.value);
    case 'scene': {
      const { streamId: _, ...line } = finding.value;
      return JSON.stringify(line);
    }
    default:
      return finding satisfies never;
  }
}

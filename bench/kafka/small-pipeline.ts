import type { BenchGuarantee } from './measurement.ts';

/** Where a pipeline of the bench reads and writes, and how often it commits. */
export interface SmallPipelineOptions {
  readonly brokers: readonly string[];
  readonly groupId: string;
  readonly input: string;
  readonly output: string;
  readonly guarantee: Exclude<BenchGuarantee, 'bare-kafkajs'>;
  readonly commitMs: number;
}

/** A pipeline file with a model that is small, so that what is measured is what is around it. */
export function smallPipeline(options: SmallPipelineOptions): string {
  const { brokers, groupId, input, output, guarantee, commitMs } = options;
  return `name: bench
source:
  kafka: { brokers: ${JSON.stringify(brokers)}, topic: ${input}, groupId: ${groupId}, format: json, values: [a] }
front: { none: {} }
encoder: { hiddenSize: 16, numLayers: 2, numHeads: 2, ffnSize: 32, window: 32 }
head: { embedding: {} }
sink: { kafka: { topic: ${output} } }
guarantee: ${guarantee}
checkpoint: { commitMs: ${commitMs} }
`;
}

import { kafkajsTransport, kafkaSink, type OutgoingRecord } from '../../connectors/index.ts';
import { ConfigError, type Sink } from '../../core/index.ts';
import type { PipelineConfig } from '../config/schema.ts';
import type { Finding } from '../streams/finding.ts';
import { findingToJson } from '../streams/finding-to-json.ts';

/** A finding as a record: the stream as key, one line of JSON as value. */
export function toKafkaRecord(finding: Finding): OutgoingRecord {
  return {
    key: finding.value.streamId,
    value: findingToJson(finding),
    headers: { 'content-type': 'application/json', 'lw-kind': finding.kind },
  };
}

/**
 * The Kafka sink of a pipeline whose input is a file or a pipe.
 * @throws ConfigError when no brokers are named; ConnectorError
 */
export async function openKafkaOutput(
  sink: NonNullable<PipelineConfig['sink']['kafka']>,
  config: PipelineConfig,
): Promise<Sink<Finding>> {
  if (sink.brokers === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'Expected `sink.kafka.brokers`, because the source is not Kafka, got none');
  }
  const transport = await kafkajsTransport({ brokers: sink.brokers, clientId: config.name });
  const records = kafkaSink({ transport, topic: sink.topic });
  return {
    name: records.name,
    write: (findings) => records.write(findings.map(toKafkaRecord)),
    close: () => records.close(),
  };
}

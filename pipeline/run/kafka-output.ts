import { type KafkaLog, kafkajsTransport, kafkaSink, type OutgoingRecord } from '../../connectors/index.ts';
import { ConfigError, type Sink } from '../../core/index.ts';
import { openKafkaConnection } from '../config/kafka-connection.ts';
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

/** What {@link openRecordOutput} works with. */
export interface RecordOutputOptions {
  readonly sink: NonNullable<PipelineConfig['sink']['kafka']>;
  readonly clientId: string;
  readonly log: KafkaLog;
}

/**
 * The Kafka sink of a pipeline whose input is not on its brokers, for records as they are.
 * @throws ConfigError when no brokers are named; ConnectorError
 */
export async function openRecordOutput({ sink, clientId, log }: RecordOutputOptions): Promise<Sink<OutgoingRecord>> {
  if (sink.brokers === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'Expected `sink.kafka.brokers`, because the source is not Kafka, got none');
  }
  const { brokers, ssl, sasl, compression } = sink;
  const as = { field: 'sink.kafka', clientId, compression, log } as const;
  const transport = await kafkajsTransport(await openKafkaConnection({ brokers, ssl, sasl }, as));
  return kafkaSink({ transport, topic: sink.topic });
}

/**
 * The Kafka sink of a pipeline whose input is a file or a pipe.
 * @throws as {@link openRecordOutput}
 */
export async function openKafkaOutput(options: RecordOutputOptions): Promise<Sink<Finding>> {
  const records = await openRecordOutput(options);
  return {
    name: records.name,
    write: (findings) => records.write(findings.map(toKafkaRecord)),
    close: () => records.close(),
  };
}

import {
  ensureTopics,
  type KafkaLog,
  kafkajsTransport,
  kafkaSink,
  type OutgoingRecord,
} from '../../connectors/index.ts';
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
  /** Of the topic, where it is missing and may be made. */
  readonly partitions: number;
}

/**
 * The Kafka sink of a pipeline whose input is not on its brokers, for records as they are. Its topic is made where it is missing
 * and that is allowed.
 * @throws ConfigError when no brokers are named; ConnectorError where they do not answer, or have no such topic
 */
export async function openRecordOutput(options: RecordOutputOptions): Promise<Sink<OutgoingRecord>> {
  const { sink, clientId, log, partitions } = options;
  if (sink.brokers === undefined) {
    throw new ConfigError('CONFIG_INVALID', 'Expected `sink.kafka.brokers`, because the source is not Kafka, got none');
  }
  const { brokers, ssl, sasl, compression } = sink;
  const as = { field: 'sink.kafka', clientId, compression, log } as const;
  const transport = await kafkajsTransport(await openKafkaConnection({ brokers, ssl, sasl }, as));
  const { topic, createTopics: create } = sink;
  const admin = await transport.admin();
  const counts = await admin.partitionCounts([topic]).finally(() => admin.close());
  await ensureTopics(transport, [counts.has(topic) ? { topic } : { topic, partitions }], { create });
  return kafkaSink({ transport, topic });
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

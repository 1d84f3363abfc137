export { COMPRESSIONS, type Compression, missingForCodec } from './codecs/index.ts';
export type { KafkaConnection, KafkaLog, KafkaLogLevel, KafkaSasl } from './connection.ts';
export { deadLetterRecord, deadLetterTopic, lateTopic } from './dead-letter.ts';
export { ensureTopics } from './ensure-topics.ts';
export { encodeJsonRecord, type JsonDecoderOptions, jsonDecoder } from './json-format.ts';
export { type KafkaSinkOptions, kafkaSink } from './kafka-sink.ts';
export { type KafkaSource, kafkaSource } from './kafka-source.ts';
export { kafkajsTransport } from './kafkajs-transport.ts';
export type { PartitionRange, PartitionReader, PartitionReaderOptions } from './partition-reader.ts';
export type { KafkaRecordBatch, RetryPolicy } from './partition-task.ts';
export { encodePcmRecord, type PcmFormat, pcmDecoder } from './pcm-format.ts';
export { streamIdOf } from './record-fields.ts';
export type { DecoderMark, RecordDecoder, RecordLimits } from './record-format.ts';
export {
  MAX_REQUEST_RECORDS,
  type RecordRequest,
  type RequestOptions,
  recordBytes,
  requestParts,
  requestsOf,
} from './record-requests.ts';
export type { CommitOffset, KafkaSourceHandler, PartitionControl } from './source-handler.ts';
export type { KafkaSourceOptions } from './source-options.ts';
export { assignSticky, type MemberClaim, type PartitionsByTopic } from './sticky-assignment.ts';
export type { KafkaTls } from './tls.ts';
export {
  type GroupOffset,
  TRANSACTION_FAULTS,
  type TransactionalProducer,
  TransactionError,
  type TransactionFault,
  type TransactionOptions,
} from './transaction.ts';
export type {
  FetchedBatch,
  GroupMemberDescription,
  KafkaAdmin,
  KafkaConsumer,
  KafkaConsumerListener,
  KafkaConsumerOptions,
  KafkaProducer,
  KafkaRecord,
  KafkaTransport,
  LogBounds,
  OutgoingRecord,
  RecordPlace,
  TopicDescription,
  TopicSpec,
} from './transport.ts';

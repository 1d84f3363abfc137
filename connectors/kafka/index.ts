export type { KafkaConnection, KafkaLog, KafkaLogLevel, KafkaSasl } from './connection.ts';
export { deadLetterRecord, deadLetterTopic } from './dead-letter.ts';
export { ensureTopics } from './ensure-topics.ts';
export { encodeJsonRecord, type JsonDecoderOptions, jsonDecoder } from './json-format.ts';
export { type KafkaSinkOptions, kafkaSink } from './kafka-sink.ts';
export { type KafkaSource, type KafkaSourceHandler, kafkaSource } from './kafka-source.ts';
export { kafkajsTransport } from './kafkajs-transport.ts';
export type { KafkaRecordBatch, RetryPolicy } from './partition-task.ts';
export { encodePcmRecord, type PcmFormat, pcmDecoder } from './pcm-format.ts';
export type { DecoderMark, RecordDecoder, RecordLimits } from './record-format.ts';
export type { KafkaSourceOptions } from './source-options.ts';
export type {
  FetchedBatch,
  KafkaAdmin,
  KafkaConsumer,
  KafkaConsumerListener,
  KafkaConsumerOptions,
  KafkaProducer,
  KafkaRecord,
  KafkaTransport,
  OutgoingRecord,
  RecordPlace,
  TopicSpec,
} from './transport.ts';

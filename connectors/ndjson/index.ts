export { type NdjsonTarget, ndjsonSink } from './ndjson-sink.ts';
export { anomalyToJson, embeddingToJson, type ToJsonOptions } from './to-json.ts';

export type { AnomalyHead, AnomalyVerdicts } from './anomaly-head.ts';
export * as arithmetic from './arithmetic/index.ts';
export { type Chunk, chunkLength } from './chunk.ts';
export { type Clock, systemClock } from './clock.ts';
export type { Sink, Source } from './connector.ts';
export type { Anomaly, AudioEvent, Embedding, PerColumn, SceneNovelty } from './detection.ts';
export { crc32, sha256Hex } from './digest.ts';
export {
  type EncoderStats,
  type EncoderStream,
  type LshStats,
  type PeekOptions,
  type StreamEncoder,
  type StreamPush,
  TOKEN_KINDS,
} from './encoder.ts';
export {
  AbortError,
  ConfigError,
  ConnectorError,
  ERROR_CODES,
  type ErrorCode,
  InputError,
  type InputPlace,
  LateEventError,
  LongwaveError,
  type LongwaveErrorOptions,
  OverflowError,
  ShapeError,
  SnapshotError,
  StateError,
  WeightsError,
  WorkerError,
} from './errors.ts';
export { Random } from './random.ts';
export { type SnapshotIdentity, SnapshotReader, SnapshotWriter } from './snapshot.ts';
export type { EncodingBlock, TokenBlock } from './token-block.ts';
export { type Range, requireInteger, requireNumber, requireOneOf, requireRows, show } from './validate.ts';

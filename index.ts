export type { Anomaly, Chunk, Embedding, EncodingBlock, SceneNovelty, TokenBlock } from './core/index.ts';
export {
  type AnomalyHead,
  type AnomalyVerdicts,
  type AudioEvent,
  chunkLength,
  type EncoderStats,
  type EncoderStream,
  ERROR_CODES,
  type ErrorCode,
  InputError,
  type InputPlace,
  LongwaveError,
  type PerColumn,
  Random,
  type Sink,
  type Source,
  type StreamEncoder,
} from './core/index.ts';

export { type ByteInput, untilAborted } from './bytes/index.ts';
export {
  type ColumnChoice,
  type CsvColumn,
  type CsvColumns,
  type CsvSourceOptions,
  csvSource,
  type OpenCsv,
  openCsv,
  type TimeFormat,
} from './csv/index.ts';
export { type MemorySink, memorySink, memorySource } from './memory/index.ts';
export { anomalyToJson, embeddingToJson, type NdjsonTarget, ndjsonSink, type ToJsonOptions } from './ndjson/index.ts';
export {
  type DetectedInput,
  detectFormat,
  detectInput,
  type StdinSourceOptions,
  type StreamFormat,
  stdinInput,
  stdinSource,
} from './stdin/index.ts';
export {
  chartLines,
  type FindingSummary,
  findingLine,
  type Progress,
  paint,
  progressBar,
  progressLine,
  type SparklineRange,
  sparkline,
  summaryLine,
  type TerminalLike,
  type TerminalSinkOptions,
  type TerminalStyle,
  terminalSink,
  terminalStyle,
} from './terminal/index.ts';
export {
  readWavHeader,
  type WavEncoding,
  type WavFormat,
  type WavHeader,
  type WavSourceOptions,
  wavSource,
} from './wav/index.ts';

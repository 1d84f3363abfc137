export { tolerateClosedPipe } from './closed-pipe.ts';
export { chartLines, type FindingSummary, findingLine, summaryLine } from './finding-text.ts';
export { type Progress, progressBar, progressLine } from './progress-bar.ts';
export { type SparklineRange, sparkline } from './sparkline.ts';
export { type TerminalSinkOptions, terminalSink } from './terminal-sink.ts';
export { paint, type TerminalLike, type TerminalStyle, terminalStyle } from './terminal-style.ts';

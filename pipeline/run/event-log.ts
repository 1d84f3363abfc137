import { LOG_LEVELS, type LogLevel } from '../config/log-schema.ts';
import { type EventLog, LOG_EVENTS } from '../operations/index.ts';
import type { PipelineLog, RunPipelineOptions } from './pipeline-options.ts';

/** A log of events that gives its reader lines of a level, those below `least` left out. */
export function eventLog(write: RunPipelineOptions['log'], least: LogLevel = 'info'): EventLog {
  if (write === undefined) return () => {};
  const from = LOG_LEVELS.indexOf(least);
  return (event, fields) => {
    const line: PipelineLog = { level: LOG_EVENTS[event], event, ...fields };
    if (LOG_LEVELS.indexOf(line.level) >= from) write(line);
  };
}

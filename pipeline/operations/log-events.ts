import type { LogLevel } from '../config/log-schema.ts';

/** The events of a run's log, and how much each matters. `kafka` brings a level of its own. `docs/OPERATIONS.md` lists them. */
export const LOG_EVENTS = {
  http: 'info',
  started: 'info',
  assigned: 'info',
  claimed: 'debug',
  restored: 'info',
  live: 'info',
  committed: 'debug',
  released: 'debug',
  draining: 'info',
  done: 'info',
  'dead-letter': 'warn',
  'checkpoint-fault': 'warn',
  'local-copies': 'info',
  'local-copies-failed': 'warn',
  'commit-failed': 'warn',
  fenced: 'warn',
  'columns-ignored': 'warn',
  'worker-crashed': 'error',
  kafka: 'info',
} as const satisfies Readonly<Record<string, Exclude<LogLevel, 'silent'>>>;

/** Name of an event. */
export type LogEvent = keyof typeof LOG_EVENTS;

/** Takes an event and its figures. */
export type EventLog = (event: LogEvent, fields: Readonly<Record<string, unknown>>) => void;

import type { DestinationStream } from 'pino';
import type { LogLevel, PipelineLog } from '../../pipeline/index.ts';

/** What a log never shows, should it ever be in a line. */
const SECRETS = ['password', 'passphrase', 'secret', 'authorization', 'sasl', 'ssl'];

/** Options of {@link openRunLog}. */
export interface RunLogOptions {
  readonly level: LogLevel;
  /** Name of the pipeline; stands in every line. */
  readonly pipeline: string;
  /** Takes lines of JSON, each with its line break, and has them written when `write` returns. */
  readonly destination: DestinationStream;
}

/** Takes a line of a run. */
export type RunLog = (line: PipelineLog) => void;

/** Opens the log of a run: a line of JSON for each event, with `level`, `time` (ISO 8601), `pid`, `pipeline` and its own fields. */
export async function openRunLog({ level, pipeline, destination }: RunLogOptions): Promise<RunLog> {
  // Loaded here, because the commands without a log start sooner without it.
  const { pino, stdTimeFunctions } = await import('pino');
  const logger = pino(
    {
      level,
      base: { pid: process.pid, pipeline },
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    destination,
  );
  return ({ level: own, ...fields }) => logger[own](fields);
}

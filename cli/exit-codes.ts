import { LongwaveError } from '../core/index.ts';

/** What the process says at its end; the same table stands in the README. */
export const EXIT = {
  done: 0,
  /** With `--fail-on-anomaly`: at least one finding. Also an unexpected fault. */
  findings: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** The input or a model's weights are missing, malformed or end too early. */
  input: 3,
  /** A broker, file system or worker failed. */
  connector: 4,
  /** 128 + SIGINT: stopped by the user, drained. */
  interrupted: 130,
  /** 128 + SIGTERM. */
  terminated: 143,
} as const;

/** The exit code that belongs to an error. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof LongwaveError)) return EXIT.findings;
  switch (error.name) {
    case 'ConfigError':
      return EXIT.usage;
    case 'InputError':
    case 'ShapeError':
    case 'LateEventError':
    case 'WeightsError':
      return EXIT.input;
    default:
      return EXIT.connector;
  }
}

import { z } from 'zod';

/** What a log may be asked for, from everything to nothing. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** @see LOG_LEVELS */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a run says of itself. */
export const logSettings = z.strictObject({
  /** Events below it are not told. */
  level: z.enum(LOG_LEVELS).default('info'),
});

import { show, WeightsError } from '../../../core/index.ts';

/** A file that breaks its format. */
export function malformed(message: string, cause?: unknown): WeightsError {
  return new WeightsError('WEIGHTS_MALFORMED', message, { cause });
}

/** A name as it stands in a message: quoted and never long. */
export function quote(name: string): string {
  return show(name.slice(0, 100));
}

/** The first of many names, for a message that stays short. */
export function quoteSome(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 10).map(quote).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

/** Runs `body` and puts the name of the file before the message of a WeightsError that it throws. */
export function withSource<T>(source: string | undefined, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (source === undefined || !(error instanceof WeightsError)) throw error;
    throw new WeightsError(error.code, `${source}: ${error.message}`, { cause: error.cause });
  }
}

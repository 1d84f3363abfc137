import { LongwaveError } from '../core/index.ts';

/** Prints an error for a person: code and message; the stack only with `verbose`. */
export function reportError(error: unknown, verbose: boolean): void {
  if (error instanceof LongwaveError) {
    process.stderr.write(`longwave: ${error.message} [${error.code}]\n`);
  } else {
    process.stderr.write(`longwave: unexpected fault: ${error instanceof Error ? error.message : String(error)}\n`);
  }
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
}

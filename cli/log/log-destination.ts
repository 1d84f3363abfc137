import type { DestinationStream } from 'pino';
import { readableLine } from './readable-line.ts';

const STANDARD_ERROR = 2;

/**
 * Where a run's log goes: standard error, as lines of JSON, or as lines for people where that is a terminal. A line is written
 * when the call returns, so none is lost, however the process ends.
 */
export async function logDestination(): Promise<DestinationStream> {
  if (process.stderr.isTTY) return { write: (line) => void process.stderr.write(readableLine(line)) };
  const { destination } = await import('pino');
  const stream = destination({ dest: STANDARD_ERROR, sync: true });
  // A reader that has gone away is no reason to end a run.
  stream.on('error', () => {});
  return stream;
}

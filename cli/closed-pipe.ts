import { EXIT } from './exit-codes.ts';

/** A reader that goes away (`| head`) is no fault of ours: the process ends quietly. Other faults are told by the sink. */
export function tolerateClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
  });
}

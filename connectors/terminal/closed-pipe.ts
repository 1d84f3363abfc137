/**
 * A reader of standard output that goes away (`| head`) is no fault of ours: the process ends quietly, with 0. Other faults
 * are told by whoever writes.
 */
export function tolerateClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
}

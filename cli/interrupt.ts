import { EXIT } from './exit-codes.ts';

/** Which signal asked the process to stop, if any. */
export interface Interrupt {
  readonly signal: AbortSignal;
  readonly received: NodeJS.Signals | undefined;
}

let received: NodeJS.Signals | undefined;

/** The exit code of a process that a signal has stopped; 0 when none came. */
export function interruptExitCode(): number {
  if (received === undefined) return EXIT.done;
  return received === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
}

/**
 * The first SIGINT or SIGTERM aborts the returned signal, so that the work in hand is finished and written;
 * a second one ends the process at once.
 */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (received !== undefined) process.exit(name === 'SIGINT' ? 130 : 143);
      received = name;
      controller.abort();
    });
  }
  return {
    signal: controller.signal,
    get received() {
      return received;
    },
  };
}

import { connect } from 'node:net';
import { ConnectorError } from '../../core/index.ts';
import { splitHostPort } from './connection.ts';

const PAUSE_MS = 250;

/**
 * Waits until one of the brokers accepts a TCP connection. The client would find out too, but only after retries
 * of its own, without saying which address did what.
 * @throws ConnectorError `CONNECTOR_UNREACHABLE` after `timeoutMs`, naming each broker and what it answered
 */
export async function requireReachable(brokers: readonly string[], timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answers = await Promise.all(
      brokers.map((broker) => knock(broker, Math.max(1, deadline - performance.now()))),
    );
    if (answers.includes('open')) return;
    if (performance.now() + PAUSE_MS >= deadline) {
      const said = brokers.map((broker, i) => `${broker} (${answers[i]})`).join(', ');
      throw new ConnectorError(
        'CONNECTOR_UNREACHABLE',
        `Expected one of the Kafka brokers ${said} to accept a connection within ${timeoutMs} ms, none did`,
        { retryable: true },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function knock(broker: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(splitHostPort(broker));
    const timer = setTimeout(() => end('no answer'), timeoutMs);
    const end = (answer: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

/**
 * Awaits `work`, but no longer than `timeoutMs`. The work goes on: see `KafkajsLink.cut`.
 * @throws ConnectorError `CONNECTOR_UNREACHABLE` on time-out
 */
export async function withinTime<T>(
  work: Promise<T>,
  options: { readonly brokers: readonly string[]; readonly timeoutMs: number; readonly action?: string },
): Promise<T> {
  const { brokers, timeoutMs, action = 'answer' } = options;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new ConnectorError(
          'CONNECTOR_UNREACHABLE',
          `Expected the Kafka brokers ${brokers.join(', ')} to ${action} within ${timeoutMs} ms, they did not`,
          { retryable: true },
        ),
      );
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {}); // what fails after the time-out has been reported already
  }
}

import { fork } from 'node:child_process';
import { WorkerError } from '../../core/index.ts';
import { builtFile } from './built-file.ts';
import type { IdleStreamsOptions } from './idle-streams.ts';
import type { IdleStreamsMeasurement } from './measurement.ts';

/**
 * Runs `measureIdleStreams` in a process of its own.
 * @throws WorkerError `WORKER_CRASHED` when that process ends without an answer
 */
export function idleStreamsApart(options: IdleStreamsOptions): Promise<IdleStreamsMeasurement> {
  return new Promise((resolve, reject) => {
    const child = fork(builtFile('idle-streams-process'), [JSON.stringify(options)]);
    child.on('message', (message) => resolve(message as IdleStreamsMeasurement));
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      reject(
        new WorkerError(
          'WORKER_CRASHED',
          `Expected the process of idle streams to answer, it ended with ${code ?? signal}`,
        ),
      ),
    );
  });
}

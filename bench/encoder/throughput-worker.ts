import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../../core/index.ts';
import { createLongformer } from '../../models/index.ts';
import { randomBatch } from './batch.ts';
import { ENCODER_CONFIGS, WEIGHTS_SEED } from './configs.ts';
import { filledStream } from './engines/own.ts';
import type { WorkerAnswer, WorkerRun, WorkerTask } from './worker-protocol.ts';

// Thread of `measureWorkers`: an encoder of its own, one stream, one token per push.
const { size, engine } = workerData as WorkerTask;
const encoder = createLongformer(ENCODER_CONFIGS[size], { seed: WEIGHTS_SEED }, { engine });
const stream = filledStream(encoder, Math.max(...encoder.config.window));
const { all } = randomBatch(new Random(1), { streams: 1, tokens: 1, inputSize: encoder.inputSize });
/** Pushes between two looks at the clock. */
const PUSHES = 8;

const answer = (message: WorkerAnswer): void => parentPort?.postMessage(message);

parentPort?.on('message', ({ ms }: WorkerRun) => {
  const start = performance.now();
  let tokens = 0;
  let elapsed = 0;
  while (elapsed < ms) {
    for (let i = 0; i < PUSHES; i++) stream.push(all);
    tokens += PUSHES;
    elapsed = performance.now() - start;
  }
  answer({ tokensPerSecond: (1000 * tokens) / elapsed });
});
answer('ready');

import type { EncoderSize } from './configs.ts';
import type { OwnEngineName } from './engines/engines.ts';

/** What a worker of the throughput measurement is started with. */
export interface WorkerTask {
  readonly size: EncoderSize;
  readonly engine: OwnEngineName;
}

/** Asks a worker to push tokens one by one for so long. */
export interface WorkerRun {
  readonly ms: number;
}

/** A worker's answer: `ready` once its window is full, then how fast each run was. */
export type WorkerAnswer = 'ready' | { readonly tokensPerSecond: number };

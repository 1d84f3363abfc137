import { createLongformer } from '../../models/index.ts';
import { collectGarbage } from '../complexity/memory.ts';
import { ENCODER_CONFIGS, type EncoderSize, WEIGHTS_SEED } from './configs.ts';
import type { OwnEngineName } from './engines/engines.ts';
import { filledStream } from './engines/own.ts';
import type { IdleStreamsMeasurement } from './measurement.ts';
import { median } from './slices.ts';

/** What is opened. */
export interface IdleStreamsOptions {
  readonly size: EncoderSize;
  readonly engine: OwnEngineName;
  readonly streams: number;
}

/**
 * What streams cost that are open and mostly idle: how long opening takes, and how much the process grows beyond their
 * states when the window of every one is full. For a process of its own: memory that earlier work gave back would hide growth.
 */
export function measureIdleStreams({ size, engine, streams }: IdleStreamsOptions): IdleStreamsMeasurement {
  const encoder = createLongformer(ENCODER_CONFIGS[size], { seed: WEIGHTS_SEED }, { engine });
  const full = filledStream(encoder, Math.max(...encoder.config.window));
  const token = new Float32Array(encoder.inputSize);
  const before = residentBytes();
  const times: number[] = [];
  const open = Array.from({ length: streams }, () => {
    const start = performance.now();
    const empty = encoder.open();
    times.push(performance.now() - start);
    empty.close();
    return full.clone();
  });
  // A few are busy.
  for (const stream of open.slice(0, Math.ceil(streams / 32))) for (let i = 0; i < 32; i++) stream.push(token);
  const residentGrowth = residentBytes() - before;
  const stateBytes = open.reduce((sum, stream) => sum + stream.stats().cacheBytes, 0);
  for (const stream of [...open, full]) stream.close();
  return {
    bench: 'idle-streams',
    config: size,
    engine,
    streams,
    stateBytes,
    residentBytes: residentGrowth,
    openMs: median(times),
    slowestOpenMs: Math.max(...times),
  };
}

function residentBytes(): number {
  collectGarbage();
  return process.memoryUsage().rss;
}

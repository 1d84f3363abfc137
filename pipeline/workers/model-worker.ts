import { parentPort } from 'node:worker_threads';
import { LongwaveError } from '../../core/index.ts';
import { EncoderCache } from './encoder-cache.ts';
import type { ModelOutput, ModelStats } from './model-spec.ts';
import { toPosted } from './posted-error.ts';
import { type Answer, type Request, type Response, responseBuffers } from './protocol.ts';
import { openStreamModel, type StreamModel } from './stream-model.ts';

/** The body of a worker thread: owns the caches of its streams and answers one request after the other. */
interface Entry {
  readonly model: StreamModel;
  busyMs: number;
}

const NO_STATS: ModelStats = { tokens: 0, cacheBytes: 0, busyMs: 0 };
const port = parentPort;
const encoders = new EncoderCache();
const streams = new Map<number, Entry>();
/** Reading a model takes its time: what comes meanwhile waits, so that answers keep the order of the requests. */
let turn: Promise<void> = Promise.resolve();

port?.on('message', (request: Request) => {
  turn = turn.then(async () => {
    const response = await respond(request);
    port.postMessage(response, responseBuffers(response));
  });
});

async function respond(request: Request): Promise<Response> {
  const refusal = streams.get(request.stream)?.model.refusal;
  try {
    const answered = await answer(request);
    return { stats: statsOf(request.stream), ...answered };
  } catch (error) {
    if (!(error instanceof LongwaveError) && streams.has(request.stream)) await end(error);
    const stateChanged = streams.get(request.stream)?.model.refusal !== refusal;
    return { stats: statsOf(request.stream), error: toPosted(error), stateChanged };
  }
}

async function answer(request: Request): Promise<Answer> {
  if (request.op === 'open' || request.op === 'restore') return open(request);
  const entry = streams.get(request.stream);
  if (entry === undefined) return {};
  switch (request.op) {
    case 'push':
    case 'flush': {
      const output = timed(entry, request);
      return request.quiet === true ? {} : { output };
    }
    case 'snapshot':
      return snapshotOf(entry);
    case 'close':
      entry.model.close();
      streams.delete(request.stream);
      return {};
    default:
      return request satisfies never;
  }
}

async function open(request: Request & { op: 'open' | 'restore' }): Promise<Answer> {
  const model = await openStreamModel(request.spec, encoders);
  const entry: Entry = { model, busyMs: 0 };
  if (request.op === 'restore') {
    try {
      model.restore(request.state.model);
    } catch (error) {
      model.close();
      throw error;
    }
    entry.busyMs = request.state.busyMs;
  }
  streams.set(request.stream, entry);
  return request.op === 'open' && request.snapshot ? snapshotOf(entry) : {};
}

function timed(entry: Entry, request: Request & { op: 'push' | 'flush' }): ModelOutput {
  const before = process.hrtime.bigint();
  try {
    return request.op === 'push' ? entry.model.push(request.samples) : entry.model.flush();
  } finally {
    entry.busyMs += Number(process.hrtime.bigint() - before) / 1e6;
  }
}

function snapshotOf({ model, busyMs }: Entry): Answer {
  const snapshot = model.snapshot();
  return snapshot === undefined ? {} : { snapshot: { model: snapshot, busyMs } };
}

/** A fault that the model does not know of may have left a state half changed: the worker ends, and the pool restores its streams. */
function end(error: unknown): Promise<never> {
  queueMicrotask(() => {
    throw error;
  });
  return new Promise(() => undefined);
}

function statsOf(stream: number): ModelStats {
  const entry = streams.get(stream);
  return entry === undefined ? NO_STATS : { ...entry.model.stats(), busyMs: entry.busyMs };
}

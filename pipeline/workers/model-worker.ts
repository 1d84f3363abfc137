import { parentPort } from 'node:worker_threads';
import { InputError, LongwaveError } from '../../core/index.ts';
import { EncoderCache } from './encoder-cache.ts';
import type { ModelOutput, ModelStats } from './model-spec.ts';
import type { PostedError, Request, Response } from './protocol.ts';
import { openStreamModel, type StreamModel } from './stream-model.ts';

/** The body of a worker thread: owns the caches of its streams and answers one request after the other. */
const NO_STATS: ModelStats = { tokens: 0, cacheBytes: 0, busyMs: 0 };
const port = parentPort;
const encoders = new EncoderCache();
const streams = new Map<number, { readonly model: StreamModel; busyMs: number }>();
/** Reading a model takes its time: what comes meanwhile waits, so that answers keep the order of the requests. */
let turn: Promise<void> = Promise.resolve();

port?.on('message', (request: Request) => {
  turn = turn.then(async () => {
    const response = await respond(request);
    port.postMessage(response, transferables(response));
  });
});

async function respond(request: Request): Promise<Response> {
  try {
    const output = await answer(request);
    return { id: request.id, stats: statsOf(request.stream), output };
  } catch (error) {
    return { id: request.id, stats: statsOf(request.stream), error: toPosted(error) };
  }
}

async function answer(request: Request): Promise<ModelOutput | undefined> {
  if (request.op === 'open') {
    streams.set(request.stream, { model: await openStreamModel(request.spec, encoders), busyMs: 0 });
    return undefined;
  }
  const entry = streams.get(request.stream);
  if (entry === undefined) return undefined;
  if (request.op === 'close') {
    entry.model.close();
    streams.delete(request.stream);
    return undefined;
  }
  const before = process.hrtime.bigint();
  const output = request.op === 'push' ? entry.model.push(request.samples) : entry.model.flush();
  entry.busyMs += Number(process.hrtime.bigint() - before) / 1e6;
  return output;
}

function statsOf(stream: number): ModelStats {
  const entry = streams.get(stream);
  return entry === undefined ? NO_STATS : { ...entry.model.stats(), busyMs: entry.busyMs };
}

function toPosted(error: unknown): PostedError {
  if (error instanceof LongwaveError) {
    return {
      className: error.name,
      code: error.code,
      message: error.message,
      place: error instanceof InputError ? error.place : {},
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    className: 'WorkerError',
    code: 'WORKER_CRASHED',
    message: `Expected the model to run, it threw: ${message}`,
    place: {},
  };
}

function transferables(response: Response): ArrayBuffer[] {
  if ('error' in response || response.output === undefined) return [];
  const { output } = response;
  const arrays =
    output.kind === 'embedding'
      ? [output.rows]
      : output.kind === 'scene'
        ? [output.scores]
        : [output.scores, output.expected];
  return arrays.map((array) => array.buffer as ArrayBuffer);
}

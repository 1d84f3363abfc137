import { type ModelSnapshot, snapshotParts } from './model-snapshot.ts';
import type { ModelOutput, ModelSpec, ModelStats } from './model-spec.ts';
import type { PostedError } from './posted-error.ts';

/** The state of a stream as a worker posts it: the model's, and what the worker counts beside it. */
export interface StreamSnapshot {
  readonly model: ModelSnapshot;
  readonly busyMs: number;
}

/**
 * What the pool asks for a stream. `open` is answered with the empty stream's snapshot where `snapshot` says so; `restore` is
 * an `open` that goes on from a snapshot; `quiet` leaves out the output, where a call is only run again.
 */
export type RequestBody =
  | { readonly op: 'open'; readonly spec: ModelSpec; readonly snapshot: boolean }
  | { readonly op: 'restore'; readonly spec: ModelSpec; readonly state: StreamSnapshot }
  | { readonly op: 'push'; readonly samples: Float32Array | Float64Array; readonly quiet?: boolean }
  | { readonly op: 'flush'; readonly quiet?: boolean }
  | { readonly op: 'snapshot' | 'close' };

/** A request for the stream of that number. A worker answers one after the other, in the order in which they were posted. */
export type Request = RequestBody & { readonly stream: number };

/** What a call came to. */
export interface Answer {
  readonly output?: ModelOutput;
  /** Of `open` and `snapshot`. None where a snapshot would be no smaller than all that the stream was given. */
  readonly snapshot?: StreamSnapshot;
}

/** What a worker answers, with the stream's figures as they stand after the call. */
export type Response = { readonly stats: ModelStats } & (
  | Answer
  | {
      readonly error: PostedError;
      /** The call changed the state in spite of the error: running it again belongs to a restore. */
      readonly stateChanged: boolean;
    }
);

/** What a message costs beside its samples: an entry in a queue and a task of the worker. */
const MESSAGE_BYTES = 256;

/** Bytes that a request holds while it waits, is under way or is kept. */
export function requestBytes(request: RequestBody): number {
  if (request.op === 'push') return MESSAGE_BYTES + request.samples.byteLength;
  return MESSAGE_BYTES + (request.op === 'restore' ? snapshotSize(request.state) : 0);
}

/** Bytes of a snapshot. */
export function snapshotSize({ model }: StreamSnapshot): number {
  return snapshotParts(model).reduce((sum, part) => sum + part.byteLength, 0);
}

/** The buffers of a request that change hands: the samples. A snapshot to restore from stays the pool's. */
export function requestBuffers(request: Request): ArrayBuffer[] {
  return request.op === 'push' ? buffersOf([request.samples]) : [];
}

/** The buffers of an answer that change hands. */
export function responseBuffers(response: Response): ArrayBuffer[] {
  if ('error' in response) return [];
  const { output, snapshot } = response;
  return [
    ...(output === undefined ? [] : buffersOf(outputArrays(output))),
    ...(snapshot === undefined ? [] : buffersOf(snapshotParts(snapshot.model))),
  ];
}

function outputArrays(output: ModelOutput): readonly ArrayBufferView[] {
  if (output.kind === 'embedding') return [output.rows];
  return output.kind === 'scene' ? [output.scores] : [output.scores, output.expected];
}

function buffersOf(arrays: readonly ArrayBufferView[]): ArrayBuffer[] {
  return arrays.map((array) => array.buffer as ArrayBuffer);
}

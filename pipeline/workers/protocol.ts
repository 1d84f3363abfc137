import type { ErrorCode, InputPlace } from '../../core/index.ts';
import type { ModelOutput, ModelSpec, ModelStats } from './model-spec.ts';

/** What the pool asks of a worker. `stream` names the stream inside that worker. */
export type Request =
  | { readonly id: number; readonly stream: number; readonly op: 'open'; readonly spec: ModelSpec }
  | { readonly id: number; readonly stream: number; readonly op: 'push'; readonly samples: Float32Array | Float64Array }
  | { readonly id: number; readonly stream: number; readonly op: 'flush' | 'close' };

/** An error as plain data. */
export interface PostedError {
  readonly className: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly place: InputPlace;
}

/** What a worker answers, with the stream's figures as they stand after the call. */
export type Response = { readonly id: number; readonly stats: ModelStats } & (
  | { readonly output: ModelOutput | undefined }
  | { readonly error: PostedError }
);

import {
  ConfigError,
  type ErrorCode,
  InputError,
  type InputPlace,
  LongwaveError,
  OverflowError,
  ShapeError,
  SnapshotError,
  StateError,
  WeightsError,
  WorkerError,
} from '../../core/index.ts';

/** An error as plain data, safe to post. */
export interface PostedError {
  readonly className: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly place: InputPlace;
}

/** A foreign error becomes a WorkerError that tells its message. */
export function toPosted(error: unknown): PostedError {
  if (error instanceof LongwaveError) {
    return {
      className: error.name,
      code: error.code,
      message: error.message,
      place: error instanceof InputError ? error.place : {},
    };
  }
  return {
    className: 'WorkerError',
    code: 'WORKER_CRASHED',
    message: `Expected the model to run, it threw: ${error instanceof Error ? error.message : String(error)}`,
    place: {},
  };
}

/** The error that was posted, with its class and code. */
export function fromPosted({ className, code, message }: PostedError): LongwaveError {
  switch (className) {
    case 'InputError':
      // The message already names the place; an empty place keeps it from being named twice.
      return new InputError(code, message);
    case 'ShapeError':
      return new ShapeError(code, message);
    case 'ConfigError':
      return new ConfigError(code, message);
    case 'WeightsError':
      return new WeightsError(code, message);
    case 'StateError':
      return new StateError(code, message);
    case 'OverflowError':
      return new OverflowError(code, message);
    case 'SnapshotError':
      return new SnapshotError(code, message);
    default:
      return new WorkerError('WORKER_CRASHED', message);
  }
}

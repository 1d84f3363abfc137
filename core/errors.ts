/** Options of every Longwave error: the foreign error it wraps and whether trying again can help. */
export interface LongwaveErrorOptions {
  readonly cause?: unknown;
  readonly retryable?: boolean;
}

/**
 * Base of every error this package throws. `code` is stable and documented in `docs/errors.md`;
 * `retryable` says whether the same call may succeed later without a change.
 */
export class LongwaveError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: LongwaveErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/**
 * Every error code with the class that carries it and one sentence for the reader of `docs/errors.md`.
 * A test keeps that page equal to this table.
 */
export const ERROR_CODES = {
  CONFIG_INVALID: ['ConfigError', 'An option or a field of a pipeline file is missing, unknown or out of its range.'],
  CONFIG_UNREADABLE: ['ConfigError', 'A configuration file cannot be read or is not valid YAML.'],
  SHAPE_MISMATCH: ['ShapeError', 'An array does not have the length or width that the receiver was built for.'],
  VALUE_NOT_FINITE: ['InputError', 'A sample or value is NaN or infinite.'],
  TOKEN_INVALID: ['InputError', 'A token id or kind is not one that the model knows.'],
  POSITION_EXHAUSTED: [
    'InputError',
    'A stream is longer than the learned positions of its model and its policy is `error`.',
  ],
  INPUT_UNREADABLE: ['InputError', 'An input file cannot be opened or read.'],
  INPUT_EMPTY: ['InputError', 'An input holds no samples or rows.'],
  WAV_MALFORMED: ['InputError', 'A WAV stream breaks the RIFF rules, or its header asks for something impossible.'],
  WAV_UNSUPPORTED: ['InputError', 'A WAV stream uses a codec or layout that is not supported.'],
  WAV_TRUNCATED: ['InputError', 'A WAV stream ends before the size that its header declares.'],
  SAMPLE_RATE_MISMATCH: ['InputError', 'A stream arrives at another sample rate than the pipeline was built for.'],
  CSV_MALFORMED: [
    'InputError',
    'A CSV row breaks the format: wrong number of columns, broken quoting or a row that is too long.',
  ],
  CSV_COLUMN_MISSING: ['InputError', 'A column named by the caller is not in the CSV header.'],
  CSV_VALUE_INVALID: ['InputError', 'A CSV cell cannot be read as the number or time that its column holds.'],
  TIME_NOT_MONOTONIC: ['InputError', 'Event time or sample index goes backwards.'],
  RECORD_MALFORMED: ['InputError', 'A Kafka record does not have the headers or the value that its format asks for.'],
  LATE_EVENT: [
    'LateEventError',
    'An event is older than the window grace allows, or its samples lie before a gap that was passed.',
  ],
  MEMORY_EXHAUSTED: ['OverflowError', 'The weights and caches of an encoder need more memory than it may take.'],
  BUFFER_OVERFLOW: ['OverflowError', 'A bounded buffer with the policy `error` is full.'],
  SNAPSHOT_CORRUPT: ['SnapshotError', 'A snapshot is damaged: wrong magic, length or checksum.'],
  SNAPSHOT_VERSION: ['SnapshotError', 'A snapshot was written in a format version that this release cannot read.'],
  SNAPSHOT_MODEL_MISMATCH: ['SnapshotError', 'A snapshot belongs to another model, configuration or stream.'],
  WEIGHTS_UNREADABLE: ['WeightsError', 'A weights file cannot be opened, read or written.'],
  WEIGHTS_MALFORMED: ['WeightsError', 'A weights file breaks its format: header, shapes, offsets or shard index.'],
  WEIGHTS_UNSUPPORTED: ['WeightsError', 'Weights use a dtype, size or value that cannot be read or written here.'],
  WEIGHTS_MISMATCH: ['WeightsError', 'A tensor is missing, unexpected or of another shape than asked for.'],
  WEIGHTS_NOT_FINITE: ['WeightsError', 'A weight is NaN or infinite.'],
  STREAM_ENDED: ['StateError', 'A stream was pushed to after `flush` had ended it.'],
  STREAM_CLOSED: ['StateError', 'A stream was used after it was closed.'],
  WORKER_CRASHED: ['WorkerError', 'A worker thread ended while it owned streams.'],
  CONNECTOR_UNREACHABLE: ['ConnectorError', 'A broker or other remote part cannot be reached.'],
  CONNECTOR_FAILED: ['ConnectorError', 'A remote part answered with an error.'],
  TRANSACTION_ABORTABLE: ['TransactionError', 'A transaction failed and nothing of it counts; it may be begun again.'],
  TRANSACTION_FENCED: ['TransactionError', 'Another process has taken over the transactional id of a partition.'],
  TRANSACTION_INDEFINITE: ['TransactionError', 'Whether a transaction was committed is not known.'],
  TRANSACTION_FATAL: [
    'TransactionError',
    'A transaction fails for good: missing rights, a record too large or the like.',
  ],
  INPUT_EXPIRED: [
    'StateError',
    'The input no longer holds the records that come next, or those from which a state has to be restored.',
  ],
  REPLAY_MISMATCH: [
    'StateError',
    'A state that was restored by reading the input again is not the one that was committed.',
  ],
  CHECKPOINT_MISMATCH: ['StateError', 'The state that was written does not belong to the offset that was committed.'],
  GROUP_ACTIVE: [
    'StateError',
    'A consumer group has members, so its state and offsets must not be changed from outside.',
  ],
  SINK_FAILED: ['ConnectorError', 'Results cannot be written: the disk is full, the pipe is closed or the like.'],
  DEPENDENCY_MISSING: ['ConnectorError', 'An optional package that this call needs is not installed.'],
  ABORTED: ['AbortError', 'The caller asked to stop.'],
} as const satisfies Record<string, readonly [className: string, meaning: string]>;

/** A stable error code, see {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** An option or configuration field is wrong; change the configuration. */
export class ConfigError extends LongwaveError {}

/** An array has the wrong length or width; change the caller. */
export class ShapeError extends LongwaveError {}

/** Where in an input a fault lies. Every part is optional; the message names those that are known. */
export interface InputPlace {
  readonly source?: string;
  /** Zero-based index of the data row, header not counted. */
  readonly row?: number;
  /** Byte offset in a file or stream. */
  readonly byteOffset?: number;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: bigint;
}

/** The input is wrong at a known place; mend the input or send it to the dead letters. */
export class InputError extends LongwaveError {
  readonly place: InputPlace;

  constructor(code: ErrorCode, message: string, place: InputPlace = {}, options: LongwaveErrorOptions = {}) {
    super(code, `${describePlace(place)}${message}`, options);
    this.place = place;
  }
}

/** An event came after its window had been closed. */
export class LateEventError extends LongwaveError {}

/** A bounded buffer or memory is full. */
export class OverflowError extends LongwaveError {}

/** A snapshot cannot be restored here. */
export class SnapshotError extends LongwaveError {}

/** Weights cannot be loaded or stored; mend the file, or choose the one that belongs to the model. */
export class WeightsError extends LongwaveError {}

/** An object was used in a state that does not allow it. */
export class StateError extends LongwaveError {}

/** A worker thread failed. */
export class WorkerError extends LongwaveError {}

/** A broker, file system or other remote part failed. */
export class ConnectorError extends LongwaveError {}

/** The caller asked to stop. */
export class AbortError extends LongwaveError {}

function describePlace(place: InputPlace): string {
  const parts: string[] = [];
  if (place.source !== undefined) parts.push(place.source);
  if (place.topic !== undefined) parts.push(`topic ${place.topic}`);
  if (place.partition !== undefined) parts.push(`partition ${place.partition}`);
  if (place.offset !== undefined) parts.push(`offset ${place.offset}`);
  if (place.row !== undefined) parts.push(`row ${place.row}`);
  if (place.byteOffset !== undefined) parts.push(`byte ${place.byteOffset}`);
  return parts.length === 0 ? '' : `${parts.join(', ')}: `;
}

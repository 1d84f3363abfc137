import { ConnectorError, type ErrorCode } from '../../../core/index.ts';

/** How records may be compressed on their way and in the brokers. */
export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** One of {@link COMPRESSIONS}. */
export type Compression = (typeof COMPRESSIONS)[number];

/** Compresses batches of records. */
export interface Codec {
  compress(bytes: Buffer): Promise<Buffer>;
  /** @throws CodecError for bytes that are damaged, or become more than {@link MAX_BATCH_BYTES} */
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** Bytes that a compressed batch may become: a few kilobytes can say that they stand for gigabytes. */
export const MAX_BATCH_BYTES = 256 * 2 ** 20;

/** A batch cannot be compressed or read here. */
export class CodecError extends ConnectorError {
  /** What the Kafka client looks at: it would try again for a while. */
  readonly retriable = false;

  constructor(message: string, options: { readonly code?: ErrorCode; readonly cause?: unknown } = {}) {
    super(options.code ?? 'CONNECTOR_FAILED', message, { cause: options.cause });
  }
}

/** Refuses a batch by the size that it announces. @throws CodecError */
export function requireBatchSize(name: Compression, bytes: number): void {
  if (bytes <= MAX_BATCH_BYTES) return;
  throw new CodecError(
    `Expected a batch of records (${name}) to become at most ${MAX_BATCH_BYTES} bytes, it says ${bytes}`,
  );
}

/** A batch that is not what its codec reads. */
export function damaged(name: Compression, cause: unknown): CodecError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new CodecError(`Expected a batch of records to be ${name}, got: ${said}`, { cause });
}

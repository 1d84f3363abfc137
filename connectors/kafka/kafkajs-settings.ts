import type { RetryOptions } from 'kafkajs';
import type { CheckedConnection } from './connection.ts';
import { toConnectorError } from './kafka-error.ts';
import { requireReachable, withinTime } from './reachable.ts';

/** Short pauses first: about 13 s in all. The client's own defaults sleep 300 ms at the first retry. */
export const RETRY: RetryOptions = {
  initialRetryTime: 5,
  factor: 0.2,
  multiplier: 1.3,
  maxRetryTime: 500,
  retries: 40,
};
/** How long the client believes what it knows of topics and partitions. */
export const METADATA_AGE_MS = 300_000;

/**
 * Connects a part of the client within the connection's time.
 * @throws ConnectorError `CONNECTOR_UNREACHABLE`, `CONNECTOR_FAILED`
 */
export async function connect(
  part: { connect(): Promise<void>; disconnect(): Promise<void> },
  { brokers, connectTimeoutMs }: CheckedConnection,
): Promise<void> {
  const started = performance.now();
  await requireReachable(brokers, connectTimeoutMs);
  const abandon = (): void => {
    part.disconnect().catch(() => {});
  };
  const timeoutMs = Math.max(100, Math.ceil(connectTimeoutMs - (performance.now() - started)));
  try {
    await withinTime(part.connect(), { brokers, timeoutMs, abandon });
  } catch (error) {
    abandon();
    throw toConnectorError(error, { brokers, action: 'accept a client' });
  }
}

/** Text as UTF-8; bytes as they are, not copied. */
export function bytesOf(value: string | Uint8Array): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

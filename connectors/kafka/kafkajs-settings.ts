import type { RetryOptions } from 'kafkajs';

/** Short pauses first: about 13 s in all, for what brokers mend by themselves. The client's own defaults sleep 300 ms at the first retry. */
export const RETRY: RetryOptions = {
  initialRetryTime: 5,
  factor: 0.2,
  multiplier: 1.3,
  maxRetryTime: 500,
  retries: 40,
};
/** How long the client believes what it knows of topics and partitions. */
export const METADATA_AGE_MS = 300_000;

/** Text as UTF-8; bytes as they are, not copied. */
export function bytesOf(value: string | Uint8Array): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Waits for work to be done, but no longer than `ms`. */
export async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

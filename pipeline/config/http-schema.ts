import { z } from 'zod';

/** Where a Kafka pipeline answers `/healthz`, `/readyz` and `/metrics`. */
export const http = z.strictObject({
  /** 0: any that is free; the log says which. */
  port: z.int().min(0).max(65_535),
  /** Address to listen at. Only this machine sees the default; a container wants 0.0.0.0. */
  host: z.string().min(1).max(255).default('127.0.0.1'),
});

/** Checked settings with their defaults filled in. */
export type HttpConfig = z.output<typeof http>;

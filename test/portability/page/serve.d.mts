import type { TableCheck } from '../check-table.mjs';

export function servePage(): Promise<{
  readonly url: string;
  readonly result: Promise<Partial<TableCheck> & { readonly browser: string; readonly error?: string }>;
  close(): Promise<void>;
}>;

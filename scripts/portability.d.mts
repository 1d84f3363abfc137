import type { TableCheck } from '../test/portability/check-table.mjs';

/** Versions of Node that the table is checked under, besides the one at hand. */
export const OTHER_NODES: readonly string[];

/** Finds a Node in `.cache` or fetches it from npm; a `reason` where it cannot be had. */
export function fetchNode(version: string): Promise<{ readonly path: string } | { readonly reason: string }>;

/** Compares the built product with the golden table under a Node, given as a command line. */
export function checkUnder(
  command: readonly string[],
): Promise<TableCheck & { readonly node: string; readonly v8: string; readonly arch: string }>;

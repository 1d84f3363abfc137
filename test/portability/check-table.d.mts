import type { Golden, GoldenTable } from './golden-cases.mjs';

/** A digest that is not the one of the table. */
export interface Difference {
  readonly case: string;
  readonly engine: string | undefined;
  readonly split: string;
  readonly name: string;
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

export interface TableCheck {
  readonly engines: readonly string[];
  readonly checks: number;
  readonly differences: readonly Difference[];
}

export function checkTable(library: object, table: GoldenTable): TableCheck;
export function digestsForTable(library: object, golden: Golden): Record<string, string>;

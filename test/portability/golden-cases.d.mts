/** One case of the table, with what it should come to. */
export interface Golden {
  readonly name: string;
  readonly kind: string;
  readonly seed: number;
  readonly sha256: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** test/fixtures/golden/encodings.json */
export interface GoldenTable {
  readonly about: string;
  readonly cases: readonly Golden[];
}

export const SPLITS: readonly string[];
export function enginesOf(golden: Golden, engines: readonly string[]): readonly (string | undefined)[];
export function splitsOf(golden: Golden): readonly string[];
export function runCase(
  library: object,
  golden: Golden,
  engine: string | undefined,
): { readonly split: string; readonly digests: Readonly<Record<string, string>> }[];

import { InputError, ShapeError } from '../../core/index.ts';

/**
 * Checks `kinds` against the number of tokens and the codes.
 * @throws ShapeError `SHAPE_MISMATCH`; InputError `TOKEN_INVALID`
 */
export function requireKinds(kinds: Uint8Array | undefined, count: number, at: number): void {
  if (kinds === undefined) return;
  if (kinds.length !== count) {
    throw new ShapeError(
      'SHAPE_MISMATCH',
      `Expected \`kinds\` to hold one byte for each of ${count} tokens, got ${kinds.length}`,
    );
  }
  const wrong = kinds.findIndex((kind) => kind > 2);
  if (wrong >= 0) {
    throw new InputError(
      'TOKEN_INVALID',
      `Expected the kind of token ${at + wrong} to be 0 (masked), 1 (local) or 2 (global), got ${kinds[wrong]}`,
    );
  }
}

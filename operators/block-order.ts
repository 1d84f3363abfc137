import { ConfigError, InputError, requireRows, ShapeError, show, type TokenBlock } from '../core/index.ts';

/** Checks that the token blocks of one subscription are consecutive tokens of one stream and one width. */
export class BlockOrder {
  #first: TokenBlock | undefined;
  #nextToken = 0;

  /**
   * Takes the next block.
   * @throws InputError `TIME_NOT_MONOTONIC` for a gap, a duplicate or a step backwards in `startToken`; ShapeError
   *   for a changed width or a ragged row; ConfigError for a second stream.
   */
  take(block: TokenBlock): void {
    const count = requireRows('tokens', block.tokens, block.width);
    this.#first ??= block;
    const first = this.#first;
    if (block.streamId !== first.streamId) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `Expected one stream for each subscription, ${show(first.streamId)}, got ${show(block.streamId)}; split them with groupBy first`,
      );
    }
    if (block.width !== first.width) {
      throw new ShapeError('SHAPE_MISMATCH', `Expected \`width\` to stay ${first.width}, got ${block.width}`);
    }
    if (block !== first && block.startToken !== this.#nextToken) {
      throw new InputError(
        'TIME_NOT_MONOTONIC',
        `Expected \`startToken\` to be ${this.#nextToken}, got ${block.startToken}`,
        { source: block.streamId, row: block.startToken },
      );
    }
    this.#nextToken = block.startToken + count;
  }
}

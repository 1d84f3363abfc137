import type { OperatorFunction } from 'rxjs';
import type { TokenBlock } from '../core/index.ts';
import { BlockOrder } from './block-order.ts';
import { type BlockMeanOptions, BlockMeanStream } from './dsp/block-mean-stream.ts';
import { stateful } from './stateful.ts';

/**
 * Tokens → means of `rows` tokens each, tumbling, from the first token that came. One block for each block,
 * possibly of no tokens, carrying its `ack`. Tokens after the last whole group give nothing. Any split gives the
 * same bits.
 * @throws ConfigError at once for an option out of range. As an error of the result: InputError
 *   `TIME_NOT_MONOTONIC` for a gap or a duplicate, `VALUE_NOT_FINITE`; ShapeError when the width changes.
 * @example
 * // tokens 1, 2, 3, 4, 5
 * tokens.pipe(blockMean({ rows: 2 })); // 1.5, 3.5
 */
export function blockMean(options: Omit<BlockMeanOptions, 'width'>): OperatorFunction<TokenBlock, TokenBlock> {
  const { rows } = new BlockMeanStream({ ...options, width: 1 });
  return stateful(() => {
    const order = new BlockOrder();
    let stream: BlockMeanStream | undefined;
    let startToken = 0;
    let originSample = 0;
    return {
      next(block) {
        order.take(block);
        if (stream === undefined) {
          stream = new BlockMeanStream({ rows, width: block.width });
          originSample = block.originSample + block.startToken * block.hopSamples;
        }
        const tokens = stream.push(block.tokens);
        const hopSamples = block.hopSamples * rows;
        const frameSamples = block.hopSamples * (rows - 1) + block.frameSamples;
        const means: TokenBlock = { ...block, startToken, tokens, originSample, hopSamples, frameSamples };
        startToken += tokens.length / block.width;
        return [means];
      },
      end: () => [],
    };
  });
}

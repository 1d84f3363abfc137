import type { OperatorFunction } from 'rxjs';
import type { Chunk, TokenBlock } from '../core/index.ts';
import { ChunkOrder, originTimeMs } from './chunk-order.ts';
import { requireFinite } from './dsp/finite-samples.ts';
import type { TokenStream } from './dsp/token-stream.ts';
import { stateful } from './stateful.ts';

/** How the tokens of an operator lie in its samples. */
export interface TokenLayout {
  readonly hopSamples: number;
  readonly frameSamples: number;
  /** Opens the state of one stream; also refuses a first chunk that does not fit. */
  open(first: Chunk): TokenStream;
}

/**
 * Makes an operator from chunks to tokens around a {@link TokenStream}. Every chunk gives exactly one block, with
 * no tokens in it where the chunk completed none, and the block carries the chunk's `ack`: so no `ack` is lost
 * and credit keeps flowing. Tokens held back until the end come in one last block.
 */
export function tokensFromChunks(layout: TokenLayout): OperatorFunction<Chunk, TokenBlock> {
  return stateful(() => {
    const order = new ChunkOrder();
    let opened: { readonly stream: TokenStream; readonly fields: BlockFields } | undefined;
    let startToken = 0;
    const block = (fields: BlockFields, tokens: Float32Array, ack?: () => void): TokenBlock => {
      const made = { ...fields, startToken, tokens, ...(ack === undefined ? {} : { ack }) };
      startToken += tokens.length / fields.width;
      return made;
    };
    return {
      next(chunk) {
        order.take(chunk);
        // The token stream checks too, but counts from its own first sample and does not know the stream's name.
        requireFinite(chunk.samples, { channels: chunk.channels, startRow: chunk.startSample, source: chunk.streamId });
        opened ??= openStream(layout, chunk);
        return [block(opened.fields, opened.stream.push(chunk.samples), chunk.ack)];
      },
      end() {
        const tokens = opened?.stream.flush();
        return opened === undefined || tokens === undefined || tokens.length === 0
          ? []
          : [block(opened.fields, tokens)];
      },
    };
  });
}

type BlockFields = Omit<TokenBlock, 'startToken' | 'tokens' | 'ack'>;

function openStream(layout: TokenLayout, first: Chunk): { stream: TokenStream; fields: BlockFields } {
  const stream = layout.open(first);
  const fields = {
    streamId: first.streamId,
    width: stream.width,
    originSample: first.startSample,
    hopSamples: layout.hopSamples,
    frameSamples: layout.frameSamples,
    sampleRateHz: first.sampleRateHz,
    originTimeMs: originTimeMs(first),
  };
  return { stream, fields };
}

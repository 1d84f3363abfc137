import { finalize, type OperatorFunction } from 'rxjs';
import {
  ConfigError,
  type EncoderStream,
  type EncodingBlock,
  ShapeError,
  type StreamEncoder,
  type TokenBlock,
} from '../core/index.ts';
import { stateful } from './stateful.ts';

/**
 * Tokens → encodings `[T, outputSize]`, through a stream of the encoder that lives as long as the subscription. One
 * block for each block, possibly of no rows, carrying its `ack`; what a look-ahead still owes comes at the end.
 * Runs on the calling thread: `ModelPool` of `longwave/pipeline` keeps models off it.
 * @throws As errors of the result: ShapeError when the tokens' width is not the encoder's input; ConfigError for
 *   a second `streamId`; what the encoder throws.
 * @example
 * pull(wavSource({ path }), { credits: 4 }).pipe(logMel(), encode(encoder), concatAck((block) => store(block)));
 */
export function encode(encoder: StreamEncoder): OperatorFunction<TokenBlock, EncodingBlock> {
  return (source) => {
    const opened: EncoderStream[] = [];
    const encoding = stateful<TokenBlock, EncodingBlock>(() => {
      const stream = encoder.open();
      opened.push(stream);
      let last: TokenBlock | undefined;
      let startToken = 0;
      const block = (tokens: TokenBlock, encodings: Float32Array, ack?: () => void): EncodingBlock => {
        const first = startToken;
        startToken += encodings.length / encoder.outputSize;
        return {
          streamId: tokens.streamId,
          startToken: first,
          encodings,
          width: encoder.outputSize,
          startSamples: new Float64Array(startToken - first).map(
            (_, i) => tokens.originSample + (first + i) * tokens.hopSamples,
          ),
          sampleRateHz: tokens.sampleRateHz,
          ...(ack === undefined ? {} : { ack }),
        };
      };
      return {
        next(tokens) {
          requireSameStream(tokens, last);
          requireWidth(tokens, encoder.inputSize);
          last = tokens;
          return [block(tokens, stream.push(tokens.tokens), tokens.ack)];
        },
        end() {
          const owed = stream.flush();
          return last === undefined || owed.length === 0 ? [] : [block(last, owed)];
        },
      };
    });
    return source.pipe(
      encoding,
      finalize(() => {
        for (const stream of opened.splice(0)) stream.close();
      }),
    );
  };
}

function requireSameStream(tokens: TokenBlock, last: TokenBlock | undefined): void {
  if (last === undefined || last.streamId === tokens.streamId) return;
  throw new ConfigError(
    'CONFIG_INVALID',
    `Expected \`streamId\` to stay ${last.streamId}, got ${tokens.streamId}; use groupBy before encode`,
  );
}

function requireWidth(tokens: TokenBlock, inputSize: number): void {
  if (tokens.width === inputSize) return;
  throw new ShapeError('SHAPE_MISMATCH', `Expected tokens of width ${inputSize}, got ${tokens.width}`);
}

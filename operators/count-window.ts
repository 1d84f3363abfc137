import type { OperatorFunction } from 'rxjs';
import { requireInteger, requireOneOf, type TokenBlock } from '../core/index.ts';
import { BlockOrder } from './block-order.ts';
import { FrameSlicer } from './dsp/frame-slicer.ts';
import { stateful } from './stateful.ts';

/** Options of {@link countWindow}. */
export interface CountWindowOptions {
  /** Tokens in a window, 1..65536. */
  readonly size: number;
  /** Tokens from one window's start to the next one's, 1..65536; default `size` (tumbling), less is hopping. */
  readonly step?: number;
  /**
   * At the end of the source: `drop` the window that is not full, or `emit` it shorter where it holds a token that
   * no window before it had. Default `drop`.
   */
  readonly last?: 'drop' | 'emit';
}

/** A span of consecutive tokens. */
export interface CountWindow {
  readonly streamId: string;
  /** Index of the first token in its stream. */
  readonly startToken: number;
  /** Sample index at which that token begins. */
  readonly startSample: number;
  /** `[T, width]`, fresh; T = `size` but for a last window that was emitted short. */
  readonly tokens: Float32Array;
  readonly width: number;
  /** On the last window that a block completed: the block's own. */
  readonly ack?: () => void;
}

/**
 * Tokens → windows of `size` tokens, a new one every `step`, aligned to the first token that came. Any split into
 * blocks gives the same windows. Holds one window, `size` × width numbers.
 *
 * A block's `ack` goes with the last window that the block completes; a block that completes none is acknowledged
 * at once, for nothing was made from it yet: what the open window holds is then in memory only.
 * @throws ConfigError for an option out of range. As an error of the result: InputError `TIME_NOT_MONOTONIC` for a
 *   gap or a duplicate, ShapeError when the width changes.
 * @example
 * // tokens 1, 2, 3, 4
 * tokens.pipe(countWindow({ size: 2, step: 1 })); // [1,2], [2,3], [3,4]
 */
export function countWindow(options: CountWindowOptions): OperatorFunction<TokenBlock, CountWindow> {
  const size = requireInteger('size', options.size, { min: 1, max: 65536 });
  const step = requireInteger('step', options.step ?? size, { min: 1, max: 65536 });
  const last = requireOneOf('last', options.last ?? 'drop', ['drop', 'emit']);
  return stateful(() => {
    const order = new BlockOrder();
    let first: TokenBlock | undefined;
    let slicer: FrameSlicer | undefined;
    let made = 0;
    const windowOf = (block: TokenBlock, tokens: Float32Array): CountWindow => {
      const startToken = block.startToken + made * step;
      const startSample = block.originSample + startToken * block.hopSamples;
      made += 1;
      return { streamId: block.streamId, startToken, startSample, tokens, width: block.width };
    };
    return {
      next(block) {
        order.take(block);
        first ??= withoutData(block);
        const origin = first;
        slicer ??= new FrameSlicer({ frameLength: size * block.width, hopLength: step * block.width });
        const { frame } = slicer;
        const windows: CountWindow[] = [];
        slicer.push(block.tokens, () => windows.push(windowOf(origin, frame.slice())));
        acknowledge(windows, block.ack);
        return windows;
      },
      end() {
        if (last === 'drop' || first === undefined || slicer === undefined) return [];
        const seenBefore = made === 0 ? 0 : Math.max(0, size - step) * first.width;
        return slicer.held.length > seenBefore ? [windowOf(first, slicer.held.slice())] : [];
      },
    };
  });
}

/** Where the stream began, without keeping its first tokens alive. */
function withoutData(block: TokenBlock): TokenBlock {
  const { ack: _, ...rest } = block;
  return { ...rest, tokens: new Float32Array(0) };
}

function acknowledge(windows: CountWindow[], ack: (() => void) | undefined): void {
  if (ack === undefined) return;
  const lastWindow = windows.pop();
  if (lastWindow === undefined) ack();
  else windows.push({ ...lastWindow, ack });
}

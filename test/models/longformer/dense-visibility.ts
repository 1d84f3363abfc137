import type { ResolvedLongformerConfig } from '../../../models/index.ts';

/**
 * Which keys the queries of one head see, `[n][n]`, straight from what the configuration promises: the window in steps
 * of the dilation, sinks, the latest globals, and with two-way globals all of them. Nobody sees a masked token. What a
 * masked query or one that is global both ways sees is not said here.
 */
export function denseVisibility(
  config: ResolvedLongformerConfig,
  kinds: readonly number[],
  at: { readonly layer: number; readonly head: number },
): boolean[][] {
  const window = config.window[at.layer] as number;
  const lookAhead = config.lookAhead[at.layer] as number;
  const step = config.dilation[at.layer]?.[at.head] as number;
  const marked = kinds.flatMap((kind, j) => (kind === 2 ? [j] : []));
  return kinds.map((_, t) => {
    const pinned = new Set(
      config.globalProjections
        ? marked
        : config.globals === 0
          ? []
          : marked.filter((j) => j <= t).slice(-config.globals),
    );
    return kinds.map((kind, j) => {
      const steps = (j - t) / step;
      const inWindow = Number.isInteger(steps) && steps > -window && steps <= lookAhead;
      const isSink = j < config.sinks && j <= t;
      return kind !== 0 && (inWindow || isSink || pinned.has(j));
    });
  });
}

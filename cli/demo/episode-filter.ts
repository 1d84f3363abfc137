import { type Finding, isAnomalous } from '../../pipeline/index.ts';

/** Findings closer than this many tokens or rows belong to one episode. */
const EPISODE_GAP = 100;

/** Keeps the first finding of each episode, so that one event is told once. */
export class EpisodeFilter {
  count = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** The findings that begin an episode. */
  starts(found: readonly Finding[]): Finding[] {
    return found.filter((finding) => {
      if (!isAnomalous(finding)) return false;
      const at = finding.kind === 'anomaly' ? finding.value.row : finding.value.token;
      const begins = at - this.#last > EPISODE_GAP;
      this.#last = at;
      if (begins) this.count += 1;
      return begins;
    });
  }
}

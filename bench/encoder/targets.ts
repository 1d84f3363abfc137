import { ENCODER_SIZES, type EncoderSize } from './configs.ts';
import type { EncoderLine, EngineName } from './measurement.ts';
import { type Place, type Reached, Results } from './results.ts';

/** A target beside what was reached. */
export interface TargetResult {
  readonly bench: 'target';
  readonly target: string;
  /** `at-most` or `at-least` this. */
  readonly rule: 'at-most' | 'at-least';
  readonly limit: number;
  readonly unit: string;
  /** Absent where it was not measured; `note` then has the reason. */
  readonly reached?: number;
  readonly met?: boolean;
  readonly note?: string;
}

type Target = Pick<TargetResult, 'target' | 'rule' | 'limit' | 'unit'> & {
  readonly reach: (results: Results) => Reached;
};

/** The engine that the targets are for. */
const OURS: EngineName = 'wasm';
const RING: EngineName = 'onnxruntime-ring';

const at = (config: EncoderSize, streams: number, tokens: number, engine: EngineName = OURS): Place => ({
  config,
  streams,
  tokens,
  engine,
});

function ratioTarget(
  target: string,
  bound: { readonly atMost: number } | { readonly atLeast: number },
  [of, to]: readonly [Place, Place],
): Target {
  const rule = 'atMost' in bound ? 'at-most' : 'at-least';
  const limit = 'atMost' in bound ? bound.atMost : bound.atLeast;
  return { target, rule, limit, unit: '×', reach: (results) => results.ratio(of, to) };
}

/** One call of several tokens against the ring's single ones; the ratio at as many tokens stands beside it. */
function batchTarget(
  config: EncoderSize,
  streams: number,
  goal: { readonly tokens: number; readonly atMost: number },
): Target {
  const { tokens, atMost } = goal;
  return {
    target: `${config}, ${streamsText(streams)}: ${OURS} at T = ${tokens} against ${RING} at T = 1`,
    rule: 'at-most',
    limit: atMost,
    unit: '×',
    reach: (results) => {
      const reached = results.ratio(at(config, streams, tokens), at(config, streams, 1, RING));
      const equal = results.ratio(at(config, streams, tokens), at(config, streams, tokens, RING));
      if ('missing' in reached || 'missing' in equal) return reached;
      return { ...reached, note: `${equal.value.toFixed(2)} × at T = ${tokens} each` };
    },
  };
}

function streamsText(streams: number): string {
  return streams === 1 ? '1 stream' : `${streams} streams`;
}

const TARGETS: readonly Target[] = [
  ratioTarget(`A, 1 stream, T = 1: ${OURS} against ${RING}`, { atMost: 0.6 }, [at('A', 1, 1), at('A', 1, 1, RING)]),
  ratioTarget(`A, 1 stream, T = 1: reference against ${OURS}`, { atLeast: 8 }, [
    at('A', 1, 1, 'reference'),
    at('A', 1, 1),
  ]),
  ratioTarget(`A, 1 stream: ${OURS} at T = 8 against its own T = 1`, { atMost: 0.8 }, [at('A', 1, 8), at('A', 1, 1)]),
  ratioTarget(`B, 1 stream, T = 1: ${OURS} against ${RING}`, { atMost: 1.05 }, [at('B', 1, 1), at('B', 1, 1, RING)]),
  batchTarget('B', 1, { tokens: 16, atMost: 0.6 }),
  ...ENCODER_SIZES.flatMap((config) =>
    [8, 32].map((streams) => batchTarget(config, streams, { tokens: 8, atMost: 1 })),
  ),
  ...ENCODER_SIZES.map((config) =>
    ratioTarget(`${config}, 1 stream, T = 1: recompute against ${OURS}`, { atLeast: 50 }, [
      at(config, 1, 1, 'recompute'),
      at(config, 1, 1),
    ]),
  ),
  ratioTarget('A, 1 stream, T = 1: Reformer against Longformer', { atMost: 1.5 }, [
    { ...at('A', 1, 1), model: 'reformer' },
    at('A', 1, 1),
  ]),
  ...ENCODER_SIZES.map(
    (config): Target => ({
      target: `${config}, 1 stream, T = 1: ${OURS} against reading weights and caches once`,
      rule: 'at-most',
      limit: 2,
      unit: '×',
      reach: (results) => {
        const floor = results.bandwidth(config);
        const price = results.price(at(config, 1, 1));
        if ('missing' in price) return price;
        if (floor === undefined) return { missing: 'the bandwidth was not part of this run' };
        return { value: price.value / floor.floorUs, note: `floor ${floor.floorUs.toFixed(0)} µs` };
      },
    }),
  ),
  {
    target: `A: two workers against one`,
    rule: 'at-least',
    limit: 1.8,
    unit: '×',
    reach: (results) => {
      const workers = results.workers(OURS);
      if (workers === undefined) return notRun('workers');
      const { ratio, cores, ratioPerCpu } = workers;
      return { value: ratio, note: `on ${cores.toFixed(2)} cores; per CPU second ${ratioPerCpu.toFixed(2)} ×` };
    },
  },
  {
    target: 'A, 256 idle streams: memory beyond their states',
    rule: 'at-most',
    limit: 64,
    unit: 'MB',
    reach: (results) => {
      const idle = results.idle(OURS);
      return idle === undefined ? notRun('idle streams') : { value: (idle.residentBytes - idle.stateBytes) / 1e6 };
    },
  },
  {
    target: 'A: opening a stream',
    rule: 'at-most',
    limit: 1,
    unit: 'ms',
    reach: (results) => {
      const idle = results.idle(OURS);
      if (idle === undefined) return notRun('idle streams');
      return { value: idle.openMs, note: `the slowest ${idle.slowestOpenMs.toFixed(2)} ms` };
    },
  },
];

function notRun(what: string): Reached {
  return { missing: `${what} with ${OURS}: not part of this run` };
}

/** Every target beside what the lines of a run reached. */
export function judgeTargets(lines: readonly EncoderLine[]): TargetResult[] {
  const results = new Results(lines);
  return TARGETS.map(({ reach, ...target }) => {
    const reached = reach(results);
    if ('missing' in reached) return { bench: 'target', ...target, note: reached.missing };
    const met = target.rule === 'at-most' ? reached.value <= target.limit : reached.value >= target.limit;
    const note = reached.note === undefined ? {} : { note: reached.note };
    return { bench: 'target', ...target, reached: reached.value, met, ...note };
  });
}

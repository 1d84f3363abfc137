import {
  type CachePrecision,
  createLongformer,
  createReformer,
  type LongformerEncoder,
  type ReformerEncoder,
} from '../../models/index.ts';
import { ENCODER_CONFIGS, REFORMER_CONFIG, WEIGHTS_SEED } from '../encoder/configs.ts';

/** Names of the models that are measured; A and B are the Longformers of `bench encoder`. */
export const SUBJECTS = ['A', 'B', 'reformer'] as const;

/** One of {@link SUBJECTS}. */
export type SubjectName = (typeof SUBJECTS)[number];

/** A model that can be made with any caches. */
export interface Subject {
  readonly name: string;
  /** Tokens after which every window, or the horizon, is full. */
  readonly reach: number;
  create(cachePrecision: CachePrecision): LongformerEncoder | ReformerEncoder;
}

const INIT = { seed: WEIGHTS_SEED };

export function subjectOf(name: SubjectName): Subject {
  if (name === 'reformer') {
    return {
      name,
      reach: REFORMER_CONFIG.lsh?.horizon ?? 0,
      create: (cachePrecision) => createReformer(REFORMER_CONFIG, INIT, { cachePrecision }),
    };
  }
  const config = ENCODER_CONFIGS[name];
  return {
    name,
    reach: Number(config.window),
    create: (cachePrecision) => createLongformer(config, INIT, { cachePrecision }),
  };
}

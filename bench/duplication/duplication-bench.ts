import { ConfigError, Random, requireInteger } from '../../core/index.ts';
import type { LshRule, ReformerEncoder, ReformerModel } from '../../models/index.ts';
import { type CopyAccuracy, copyAccuracy, type NextToken } from './copy-accuracy.ts';
import { duplicationSequence, SYMBOLS, VOCABULARY } from './duplication-data.ts';
import { withFullAttention, withRounds } from './with-attention.ts';

/** Accuracy of one model with one kind of attention. */
export interface DuplicationMeasurement extends CopyAccuracy {
  readonly bench: 'duplication';
  readonly model: string;
  /** Ids of a sequence. */
  readonly length: number;
  readonly sequences: number;
  readonly attention: 'full' | LshRule;
  /** Hash rounds; absent for full attention. */
  readonly rounds?: number;
  /** Rounds that the model does not hold and that were drawn from a seed; absent where it holds all. */
  readonly drawn?: number;
  /** Accuracy of guessing among the symbols. */
  readonly chance: number;
}

/** What to evaluate. */
export interface DuplicationBenchOptions {
  /** A causal Reformer over ids with LSH layers, and a head that scores the next id. */
  readonly model: ReformerModel;
  /** For the results. */
  readonly name: string;
  /** Even, 4..65536. */
  readonly length: number;
  /** 1..100000. */
  readonly sequences: number;
  /** 0..2^32-1, of the sequences. */
  readonly seed: number;
  /** Default 8, 4, 2, 1, each 1..64. */
  readonly rounds?: readonly number[];
  /** Rules that the rounds are evaluated under; default `offline`, as in the paper, and `bucket-recency`, as on a stream. */
  readonly rules?: readonly LshRule[];
}

/**
 * The duplication task (Reformer, Table 2): accuracy on the second word with full attention and with several numbers of
 * hash rounds, all with the same weights and the same sequences.
 * @throws ConfigError `CONFIG_INVALID` for a model that is not made for the task
 */
export function* duplicationBench(options: DuplicationBenchOptions): Generator<DuplicationMeasurement> {
  const { model, name, length, rounds = [8, 4, 2, 1], rules = ['offline', 'bucket-recency'] } = options;
  const held = requireTaskModel(model);
  const count = requireInteger('sequences', options.sequences, { min: 1, max: 100_000 });
  const random = new Random(requireInteger('seed', options.seed, { min: 0, max: 2 ** 32 - 1 }));
  const sequences = Array.from({ length: count }, () => duplicationSequence(random, length));
  const base = { bench: 'duplication', model: name, length, sequences: count, chance: 1 / SYMBOLS } as const;
  const evaluate = (encoder: ReformerEncoder): CopyAccuracy => copyAccuracy(predictor(model, encoder), sequences);
  yield { ...base, attention: 'full', ...evaluate(withFullAttention(model.encoder, length)) };
  for (const rule of rules) {
    for (const number of rounds) {
      const drawn = number > held ? { drawn: number - held } : {};
      const accuracy = evaluate(withRounds(model.encoder, { rounds: number, rule }));
      yield { ...base, attention: rule, rounds: number, ...drawn, ...accuracy };
    }
  }
}

function predictor({ head }: ReformerModel, encoder: ReformerEncoder): NextToken {
  const { run } = head as NonNullable<typeof head>;
  return (ids) => run(encoder.encodeSequence({ tokens: ids }).encodings);
}

/** Checks that a model can do the task, and gives the hash rounds that it holds. */
function requireTaskModel({ encoder, head }: ReformerModel): number {
  const { input, vocabSize, causal, lsh } = encoder.config;
  if (input !== 'ids' || vocabSize < VOCABULARY || !causal || lsh === undefined) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`model\` to be a causal Reformer with LSH layers over at least ${VOCABULARY} ids, got input ${input}, vocabSize ${vocabSize}, causal ${causal}, lsh ${lsh === undefined ? 'none' : 'present'}`,
    );
  }
  if (head?.config.task !== 'language' || head.config.outputs < VOCABULARY) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Expected \`model\` to have a head for the task language with at least ${VOCABULARY} outputs, got ${head === undefined ? 'none' : `${head.config.task} with ${head.config.outputs}`}`,
    );
  }
  return lsh.numHashes;
}

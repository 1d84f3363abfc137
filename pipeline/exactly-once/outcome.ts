import { InputError, LateEventError, ShapeError } from '../../core/index.ts';
import type { Step } from './step.ts';

/** Why a record is put aside. */
export type Refusal = InputError | ShapeError | LateEventError;

/** What came of a record, or of a stream that ended. */
export type Outcome = Omit<Step, 'cause'>;

/** What comes of a record that is of no account. */
export const NOTHING: Outcome = { findings: [], deadLetters: [], samples: 0, duplicates: 0 };

/** Outcomes as one, in their order. */
export function joined(outcomes: readonly Outcome[]): Outcome {
  return {
    findings: outcomes.flatMap(({ findings }) => findings),
    deadLetters: outcomes.flatMap(({ deadLetters }) => deadLetters),
    samples: outcomes.reduce((sum, { samples }) => sum + samples, 0),
    duplicates: outcomes.reduce((sum, { duplicates }) => sum + duplicates, 0),
  };
}

/** A record that does not fit is no reason to keep the next one waiting; every other fault ends the run. @throws it */
export function requireRefusal(error: unknown): Refusal {
  if (error instanceof InputError || error instanceof ShapeError || error instanceof LateEventError) return error;
  throw error;
}

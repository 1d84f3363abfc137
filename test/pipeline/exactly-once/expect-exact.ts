import fc from 'fast-check';
import { expect } from 'vitest';
import type { PipelineLog } from '../../../pipeline/index.ts';
import type { EmbeddedPipeline } from './embedded-pipeline.ts';

/** Lets processes die one after the other, each round over a group of its own. @returns how many died */
export async function expectExact(parts: {
  readonly pipeline: EmbeddedPipeline;
  readonly expected: readonly string[];
  readonly rounds: number;
  /** Calls to the brokers that a process lives for at most. Default 60. */
  readonly maxCalls?: number;
  /** Told what all processes of a round have logged. */
  readonly onEnd?: (lines: readonly PipelineLog[]) => void;
}): Promise<number> {
  const { pipeline, expected, rounds, maxCalls = 60, onEnd = () => {} } = parts;
  const death = fc.record({ calls: fc.integer({ min: 0, max: maxCalls }), isCarriedOut: fc.boolean() });
  let round = 0;
  let deaths = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(death, { minLength: 1, maxLength: 4 }), async (ends) => {
      const name = `round-${round++}`;
      const lines: PipelineLog[] = [];
      for (const end of ends) {
        const error = await pipeline.run(name, { death: end, lines }).catch((fault: unknown) => fault);
        if (!(error instanceof Error)) continue;
        expect(error.message).toContain('Expected the process to live');
        deaths += 1;
      }
      await pipeline.run(name, { lines });
      onEnd(lines);
      expect(await pipeline.output(name)).toEqual(expected);
    }),
    { numRuns: rounds },
  );
  return deaths;
}

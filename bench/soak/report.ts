import type { Growth } from './growth.ts';
import { type SoakResult, TOLERANCE } from './run-soak.ts';
import type { StreamsSoakResult } from './streams-soak.ts';

/** A soak in a few lines for people. */
export function describeSoak(result: SoakResult): string {
  const { model, tokens, seconds, cacheBytes, checkpoints, compared, differing, largest, passed } = result;
  const agreement =
    TOLERANCE[model] === 0
      ? `${differing} of ${compared} values differ in their bits`
      : `largest difference ${largest.toExponential(1)}, allowed ${TOLERANCE[model]}`;
  return [
    `${model}: ${tokens} tokens in ${seconds.toFixed(0)} s, caches of ${cacheBytes} bytes`,
    `  heap used      ${describeGrowth(result.heapUsed)}`,
    `  array buffers  ${describeGrowth(result.arrayBuffers)}`,
    `  fresh streams  ${checkpoints} checkpoints, ${agreement}`,
    `  ${passed ? 'passed' : 'FAILED'}`,
    '',
  ].join('\n');
}

/** A soak of many streams in a few lines for people. */
export function describeStreamsSoak(result: StreamsSoakResult): string {
  const { model, engine, tokens, seconds, opened, compared, differing, leftBytes, passed } = result;
  return [
    `${model}: ${tokens} tokens in ${seconds.toFixed(0)} s through ${opened} streams, 64 at a time, engine ${engine}`,
    `  heap used      ${describeGrowth(result.heapUsed)}`,
    `  engine memory  ${describeGrowth(result.reserved)}; ${leftBytes} bytes left when all were closed`,
    `  reference      ${compared} streams compared, ${differing} values differ in their bits`,
    `  ${passed ? 'passed' : 'FAILED'}`,
    '',
  ].join('\n');
}

function describeGrowth({ bytesPerMillionTokens, errorPerMillionTokens, bytesOverRun, leaks }: Growth): string {
  const slope = `${bytesPerMillionTokens.toFixed(0)} ± ${errorPerMillionTokens.toFixed(0)} bytes per million tokens`;
  return `${slope}, ${bytesOverRun.toFixed(0)} over the run${leaks ? ': grows more than noise' : ''}`;
}

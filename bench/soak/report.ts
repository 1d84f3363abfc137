import type { Growth } from './growth.ts';
import { type SoakResult, TOLERANCE } from './run-soak.ts';

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

function describeGrowth({ bytesPerMillionTokens, errorPerMillionTokens, bytesOverRun, leaks }: Growth): string {
  const slope = `${bytesPerMillionTokens.toFixed(0)} ± ${errorPerMillionTokens.toFixed(0)} bytes per million tokens`;
  return `${slope}, ${bytesOverRun.toFixed(0)} over the run${leaks ? ': grows more than noise' : ''}`;
}

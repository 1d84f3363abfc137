/**
 * The worker of the fault tests in a process whose wall clock jumps: every 200 ms it is right, an hour ahead or an hour behind.
 *
 *     node jumping-clock.mjs pipeline.yaml [step:count:signal]
 */
const HOUR_MS = 3_600_000;
const JUMPS = [0, HOUR_MS, 0, -HOUR_MS];

const RealDate = Date;
const now = Date.now.bind(Date);
const jumped = () => now() + JUMPS[Math.floor(performance.now() / 200) % JUMPS.length];

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(jumped());
    else super(...args);
  }

  static now() {
    return jumped();
  }
};

await import(new URL('../../../dist/bench/faults/worker.js', import.meta.url).href);

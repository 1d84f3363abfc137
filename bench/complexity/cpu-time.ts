const ENOUGH_MS = 400;
const MOST_RUNS = 9;

/** CPU time of `work` in milliseconds, all threads of the process. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The median of 1..9 runs of `work` in milliseconds of CPU time: again and again until 400 ms have gone. */
export function medianCpuMs(work: () => void): { readonly ms: number; readonly runs: number } {
  const times: number[] = [];
  let sum = 0;
  while (times.length < MOST_RUNS && sum < ENOUGH_MS) {
    const ms = cpuMs(work);
    times.push(ms);
    sum += ms;
  }
  times.sort((a, b) => a - b);
  const middle = times.length >> 1;
  const upper = times[middle] as number;
  return { ms: times.length % 2 === 1 ? upper : (upper + (times[middle - 1] as number)) / 2, runs: times.length };
}

import { type IdleStreamsOptions, measureIdleStreams } from './idle-streams.ts';

// Process of `idleStreamsApart`: the options are its argument, the measurement its message.
process.send?.(measureIdleStreams(JSON.parse(process.argv[2] as string) as IdleStreamsOptions));
process.disconnect?.();

import type { ErrorCode } from '../../core/index.ts';

/** What a run of a Kafka pipeline tells whoever watches it. */
export type RunEvent =
  /** The group has dealt its partitions; these are all that this process has now. */
  | { readonly kind: 'assigned'; readonly partitions: readonly number[] }
  /** A partition begins: the process claims it, then restores its streams. */
  | { readonly kind: 'claimed'; readonly partition: number }
  | {
      readonly kind: 'restored';
      readonly partition: number;
      readonly streams: number;
      /** Of states that were read. */
      readonly bytes: number;
      readonly ms: number;
      /** Input before this offset is read again, to bring streams up to date; `undefined`: none. */
      readonly replayTo: bigint | undefined;
    }
  /** All streams of a partition are where its last commit left them. */
  | { readonly kind: 'live'; readonly partition: number }
  | {
      readonly kind: 'committed';
      readonly partition: number;
      readonly ms: number;
      readonly records: number;
      readonly findings: number;
      readonly deadLetters: number;
      /** Of states that were written. */
      readonly stateBytes: number;
      /** The next input record. */
      readonly offset: bigint;
    }
  /** An attempt to commit has failed; it is made again. */
  | { readonly kind: 'aborted'; readonly partition: number; readonly code: ErrorCode }
  /** Another process has the partition. */
  | { readonly kind: 'fenced'; readonly partition: number }
  /** The run ends with this fault. */
  | { readonly kind: 'failed'; readonly code: ErrorCode | 'UNEXPECTED' }
  | {
      readonly kind: 'lag';
      readonly partition: number;
      /** Records of the input that were not taken yet, as of its last fetch. */
      readonly records: bigint;
      /** Greatest timestamp of the records taken, in ms since 1970; −∞ before the first. */
      readonly streamTimeMs: number;
    }
  /** A partition is over, for this process. */
  | { readonly kind: 'released'; readonly partition: number }
  /** The run has been asked to end. */
  | { readonly kind: 'draining' };

/** Told of what happens in a run, as it happens. Must return soon and not throw. */
export type RunObserver = (event: RunEvent) => void;

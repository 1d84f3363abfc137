/**
 * Kinds of rounds.
 *
 * - `kill`: workers die by `kill -9` at steps of commits, one after the other
 * - `zombie`: a worker is stopped in a commit past its session, another one takes over, the first one wakes up
 * - `broker`: the only broker dies in a transaction and comes back
 * - `node`: one of three brokers dies in a transaction, and comes back later
 * - `storm`: workers join and leave every two seconds
 * - `proxy`: ends of transactions get lost, come late or are not answered
 */
export const FAULT_KINDS = ['kill', 'zombie', 'broker', 'node', 'storm', 'proxy'] as const;

/** One of {@link FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number];

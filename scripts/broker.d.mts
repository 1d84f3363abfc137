export class BrokerError extends Error {}
export function prepareBroker(): Promise<{ java: string; lib: string } | { reason: string }>;

/** No broker, and why. */
export interface NoBroker {
  brokers: undefined;
  reason: string;
}

/** A broker at work; `kill` is a SIGKILL, `restart` resolves when it is ready again. */
export interface RunningBroker {
  /** `host:port` */
  brokers: string;
  kill: () => Promise<void>;
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

/** A cluster at work; nodes are counted from 1. */
export interface RunningCluster {
  /** `host:port` of each node, with commas. */
  brokers: string;
  kill: (node: number) => Promise<void>;
  restart: (node: number) => Promise<void>;
  stop: () => Promise<void>;
}

export function startBroker(options?: { timeoutMs?: number }): Promise<RunningBroker | NoBroker>;
export function startCluster(options?: { nodes?: number; timeoutMs?: number }): Promise<RunningCluster | NoBroker>;

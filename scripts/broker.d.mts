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

/** A broker with TLS, logins and ACLs at work. */
export interface SecuredBroker {
  /** `host:port` of the listener that asks for a login over TLS. */
  brokers: string;
  /** The same, with a certificate that is past its time. */
  expired: string;
  /** Asks for a client's certificate instead of a login. */
  mutual: string;
  stop: () => Promise<void>;
}

interface Certified {
  cert: string;
  key: string;
}

interface User {
  name: string;
  password: string;
}

export function startSecuredBroker(options: {
  ca: string;
  server: Certified;
  expired: Certified;
  admin: User;
  users: readonly User[];
  timeoutMs?: number;
}): Promise<SecuredBroker | NoBroker>;
export function startBroker(options?: { timeoutMs?: number }): Promise<RunningBroker | NoBroker>;
export function startCluster(options?: { nodes?: number; timeoutMs?: number }): Promise<RunningCluster | NoBroker>;

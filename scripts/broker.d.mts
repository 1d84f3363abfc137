export class BrokerError extends Error {}
export function prepareBroker(): Promise<{ java: string; lib: string } | { reason: string }>;
export function startBroker(options?: {
  timeoutMs?: number;
}): Promise<{ brokers: string; stop: () => Promise<void> } | { brokers: undefined; reason: string }>;

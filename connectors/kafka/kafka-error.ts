import { ConnectorError, LongwaveError } from '../../core/index.ts';

const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSGroupCoordinatorNotFound',
]);

interface ClientError extends Error {
  readonly retriable?: unknown;
  readonly type?: unknown;
}

/** What failed, for the message. */
export interface FailedAction {
  readonly brokers: readonly string[];
  /** As in "Expected the Kafka brokers x:1 to `action`": `take 3 records of topic t, partition 0`. */
  readonly action: string;
}

/** Wraps an error of the Kafka client: which brokers, what was asked of them, what they said. */
export function toConnectorError(error: unknown, failed: FailedAction): LongwaveError {
  if (error instanceof LongwaveError) return error;
  const chain = causes(error);
  const unreachable = chain.some((link) => UNREACHABLE.has(link.name));
  const last = chain.at(-1);
  const type = typeof last?.type === 'string' ? ` (${last.type})` : '';
  const said = last === undefined ? String(error) : `${last.message}${type}`;
  return new ConnectorError(
    unreachable ? 'CONNECTOR_UNREACHABLE' : 'CONNECTOR_FAILED',
    `Expected the Kafka brokers ${failed.brokers.join(', ')} to ${failed.action}, got: ${said.slice(0, 500)}`,
    { cause: error, retryable: unreachable || chain.some((link) => link.retriable === true) },
  );
}

/** Whether a broker answered with this error type, such as `UNKNOWN_TOPIC_OR_PARTITION`. */
export function hasType(error: unknown, type: string): boolean {
  return causes(error).some((link) => link.type === type);
}

function causes(error: unknown): ClientError[] {
  const chain: ClientError[] = [];
  for (let at = error; at instanceof Error && chain.length < 10; at = at.cause) chain.push(at);
  return chain;
}

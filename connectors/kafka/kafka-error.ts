import { ConnectorError, LongwaveError } from '../../core/index.ts';

const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSGroupCoordinatorNotFound',
]);
/** The client's errors, and the brokers' answers, of a login or a version that fails in the same way again. */
const REFUSED = new Set([
  'KafkaJSSASLAuthenticationError',
  'KafkaJSServerDoesNotSupportApiKey',
  'KafkaJSNotImplemented',
  'KafkaJSUnsupportedMagicByteInMessageSet',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'SECURITY_DISABLED',
]);
/** Node's codes of a TLS handshake that fails again: a certificate that is expired, not believed or missing, or no TLS there. */
const TLS_REFUSED =
  /^(ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(GET|VERIFY)_|INVALID_CA|HOSTNAME_|EPROTO)/;
/** Answers that are younger than the client's own table. */
const YOUNGER_ANSWERS: Readonly<Record<string, string>> = {
  'Unknown error code 90': 'PRODUCER_FENCED',
  'Unknown error code 120': 'TRANSACTION_ABORTABLE',
};
/** Answers to the search for a coordinator, which the client only logs before it says that it found none: type and text. */
const LOGGED_ANSWERS: Readonly<Record<string, string>> = {
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'Transactional Id authorization failed',
  GROUP_AUTHORIZATION_FAILED: 'Not authorized to access group: Group authorization failed',
};

interface ClientError extends Error {
  /** Which of several topics it is about. */
  readonly topic?: unknown;
  readonly retriable?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
}

/** What failed, for the message. */
export interface FailedAction {
  readonly brokers: readonly string[];
  /** As in "Expected the Kafka brokers x:1 to `action`": `take 3 records of topic t, partition 0`. */
  readonly action: string;
  /** The last answer that {@link loggedAnswer} found in the client's log. */
  readonly logged?: string | undefined;
}

/** An error of the Kafka client, read. */
export interface ClientFault {
  /** What the broker answered, such as `UNKNOWN_TOPIC_OR_PARTITION`. */
  readonly type: string | undefined;
  /** `refused`: login, certificate or version are not accepted; `unreachable`: no answer; `answered`: a broker said no. */
  readonly kind: 'refused' | 'unreachable' | 'answered' | 'other';
  /** The client searched for a coordinator and found none. */
  readonly noCoordinator: boolean;
  /** The client holds that trying again may help. */
  readonly retriable: boolean;
  readonly said: string;
}

/** Reads an error of the Kafka client and what caused it. */
export function readClientError(error: unknown, logged?: string): ClientFault {
  const chain = causes(error);
  const last = chain.at(-1);
  const noCoordinator = chain.some(({ name }) => name === 'KafkaJSGroupCoordinatorNotFound');
  const type = noCoordinator ? logged : typeOf(last);
  const tlsCode = chain.map(({ code }) => code).find(isTlsCode);
  const refused = tlsCode !== undefined || REFUSED.has(type ?? '') || chain.some(({ name }) => REFUSED.has(name));
  const unreachable = type === undefined && (isStumble(last) || chain.some(({ name }) => UNREACHABLE.has(name)));
  const mark = tlsCode ?? type;
  const place = typeof last?.topic === 'string' ? `topic ${last.topic}: ` : '';
  const said = (noCoordinator && LOGGED_ANSWERS[logged ?? '']) || `${place}${last?.message ?? String(error)}`;
  return {
    type,
    kind: refused ? 'refused' : unreachable ? 'unreachable' : type === undefined ? 'other' : 'answered',
    noCoordinator: noCoordinator && type === undefined,
    retriable: !refused && (unreachable || chain.some(({ retriable }) => retriable === true)),
    said: `${readable(said).slice(0, 500)}${mark === undefined ? '' : ` (${mark})`}`,
  };
}

/** Wraps an error of the Kafka client: which brokers, what was asked of them, what they said. */
export function toConnectorError(error: unknown, failed: FailedAction): LongwaveError {
  const own = causes(error).find((cause) => (cause as Error) instanceof LongwaveError);
  if (own !== undefined) return own as Error as LongwaveError;
  const { kind, said, retriable } = readClientError(error, failed.logged);
  return new ConnectorError(
    kind === 'unreachable' ? 'CONNECTOR_UNREACHABLE' : 'CONNECTOR_FAILED',
    failedMessage(failed, said),
    { cause: error, retryable: retriable },
  );
}

/** The message of a failed action. */
export function failedMessage({ brokers, action }: FailedAction, said: string): string {
  return `Expected the Kafka brokers ${brokers.join(', ')} to ${action}, got: ${said}`;
}

/** The answer in a line of the client's log, where it is one of those that the client tells nowhere else. */
export function loggedAnswer(said: unknown): string | undefined {
  return Object.keys(LOGGED_ANSWERS).find((type) => LOGGED_ANSWERS[type] === said);
}

/** Where no broker tells its topics the client gives itself `null` for an answer, and stumbles over it. */
function isStumble(error: ClientError | undefined): boolean {
  return error instanceof TypeError && /\bnull\b/.test(error.message);
}

function typeOf(error: ClientError | undefined): string | undefined {
  if (typeof error?.type !== 'string') return undefined;
  return YOUNGER_ANSWERS[error.message] ?? error.type;
}

function isTlsCode(code: unknown): code is string {
  return typeof code === 'string' && TLS_REFUSED.test(code);
}

/** OpenSSL names its source file and what not around its reason. */
function readable(said: string): string {
  return said.replace(/[0-9A-F]+:error:[^:]*:SSL routines:[^:]*:([^:]*):\S.*/is, '$1').trim();
}

function causes(error: unknown): ClientError[] {
  const chain: ClientError[] = [];
  for (let at = error; at instanceof Error && chain.length < 10; at = causeOf(at)) chain.push(at);
  return chain;
}

/** Of several failures at once, such as topics that cannot be made, the first. */
function causeOf(error: Error & { readonly errors?: unknown }): unknown {
  return error.cause ?? (Array.isArray(error.errors) ? error.errors[0] : undefined);
}

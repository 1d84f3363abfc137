import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { TransactionError } from '../../../connectors/kafka/index.ts';
import { loggedAnswer, toConnectorError } from '../../../connectors/kafka/kafka-error.ts';
import { toTransactionError } from '../../../connectors/kafka/transaction-fault.ts';
import { ConnectorError } from '../../../core/index.ts';

const load = createRequire(import.meta.url);
/** What the client makes of an error code on the wire. */
const { createErrorFromCode } = load('kafkajs/src/protocol/error') as { createErrorFromCode(code: number): Error };
/** The client's own errors. */
const errors = load('kafkajs/src/errors') as Readonly<Record<string, new (said: unknown, more?: object) => Error>>;
const clientError = (name: string, said: unknown = 'said'): Error => new errors[name]!(said, {});

const call = { brokers: ['a:1'], action: 'take 3 records' };

it.each([
  [47, 'INVALID_PRODUCER_EPOCH', 'fenced'],
  [90, 'PRODUCER_FENCED', 'fenced'],
  [49, 'INVALID_PRODUCER_ID_MAPPING', 'indefinite'],
  [48, 'INVALID_TXN_STATE', 'indefinite'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'indefinite'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', 'indefinite'],
  [59, 'UNKNOWN_PRODUCER_ID', 'indefinite'],
  [7, 'REQUEST_TIMED_OUT', 'indefinite'],
  [51, 'CONCURRENT_TRANSACTIONS', 'indefinite'],
  [16, 'NOT_COORDINATOR_FOR_GROUP', 'indefinite'],
  [-1, 'UNKNOWN', 'indefinite'],
  [10, 'MESSAGE_TOO_LARGE', 'fatal'],
  [18, 'RECORD_LIST_TOO_LARGE', 'fatal'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'fatal'],
  [30, 'GROUP_AUTHORIZATION_FAILED', 'fatal'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', 'fatal'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'fatal'],
  [50, 'INVALID_TRANSACTION_TIMEOUT', 'fatal'],
  [32, 'INVALID_TIMESTAMP', 'fatal'],
  [87, 'INVALID_RECORD', 'fatal'],
  [33, 'UNSUPPORTED_SASL_MECHANISM', 'fatal'],
  [35, 'UNSUPPORTED_VERSION', 'fatal'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'fatal'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE', 'fatal'],
  [58, 'SASL_AUTHENTICATION_FAILED', 'fatal'],
  [120, 'TRANSACTION_ABORTABLE', 'abortable'],
  [22, 'ILLEGAL_GENERATION', 'abortable'],
  [25, 'UNKNOWN_MEMBER_ID', 'abortable'],
  [27, 'REBALANCE_IN_PROGRESS', 'abortable'],
  [55, 'OPERATION_NOT_ATTEMPTED', 'abortable'],
])('answer %i, %s, is %s before the end, and never abortable at the end', (code, type, fault) => {
  const before = toTransactionError(createErrorFromCode(code), call);
  expect(before).toMatchObject({ fault, code: `TRANSACTION_${fault.toUpperCase()}` });
  expect(before.message).toMatch(/^Expected the Kafka brokers a:1 to take 3 records, got: .*\(/);
  expect(before.message).toContain(`(${type})`);
  const ending = toTransactionError(createErrorFromCode(code), { ...call, ending: true });
  expect(ending.fault).toBe(fault === 'abortable' ? 'indefinite' : fault);
});

it.each([
  ['a closed connection', clientError('KafkaJSConnectionClosedError')],
  ['a request without an answer', clientError('KafkaJSRequestTimeoutError')],
  ['retries used up', clientError('KafkaJSNumberOfRetriesExceeded', createErrorFromCode(19))],
  ['an invariant of the client', clientError('KafkaJSNonRetriableError')],
  ['a time-out', new ConnectorError('CONNECTOR_UNREACHABLE', 'Expected an answer within 9 ms', { retryable: true })],
  ['no coordinator', clientError('KafkaJSGroupCoordinatorNotFound')],
  ['an error of nobody', new TypeError('x is not a function')],
])('%s is indefinite', (_, error) => {
  expect(toTransactionError(error, call)).toMatchObject({ fault: 'indefinite', retryable: true, cause: error });
});

it.each([
  ['a wrong password', clientError('KafkaJSSASLAuthenticationError')],
  ['a request that brokers do not know', clientError('KafkaJSServerDoesNotSupportApiKey')],
  ['a topic that is missing', new ConnectorError('CONNECTOR_FAILED', 'Expected topic t to exist, it does not')],
])('%s is fatal', (_, error) => {
  expect(toTransactionError(error, call)).toMatchObject({ fault: 'fatal', retryable: false, cause: error });
});

it('missing rights on the transactional id are fatal though the client only logs that answer', () => {
  const logged = loggedAnswer(createErrorFromCode(53).message);
  const search = clientError('KafkaJSGroupCoordinatorNotFound');
  const error = toTransactionError(search, { ...call, ...(logged === undefined ? {} : { logged }) });
  expect(error.fault).toBe('fatal');
  expect(error.message).toContain('Transactional Id authorization failed (TRANSACTIONAL_ID_AUTHORIZATION_FAILED)');
});

it('a TransactionError stays what it is', () => {
  const error = new TransactionError('fenced', 'Expected it, got another');
  expect(toTransactionError(error, { ...call, ending: true })).toBe(error);
});

it('takes it for a silence that the client stumbles over when no broker tells its topics', () => {
  // What the client comes to where each of its brokers has failed: it gives itself `null` for an answer.
  const stumble = (): TypeError => {
    try {
      const { topicMetadata } = JSON.parse('null') as { topicMetadata: unknown };
      throw new Error(String(topicMetadata));
    } catch (error) {
      return error as TypeError;
    }
  };
  const silence = toConnectorError(stumble(), { ...call, action: 'list their topics' });
  expect(silence).toMatchObject({ code: 'CONNECTOR_UNREACHABLE', retryable: true });
  expect(toTransactionError(silence, call).fault).toBe('indefinite');
});

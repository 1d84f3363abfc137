import { LongwaveError } from '../../core/index.ts';
import { type FailedAction, failedMessage, readClientError } from './kafka-error.ts';
import { TransactionError, type TransactionFault } from './transaction.ts';

/** What failed, for the fault and the message. */
export interface FailedCall extends FailedAction {
  /**
   * The call was to end the transaction. The client cannot ask for that twice, so what would be `abortable` before is
   * `indefinite` then.
   */
  readonly ending?: boolean;
}

/** The transactional id has a younger producer, or the brokers have ended a transaction that took too long. */
const FENCED = ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED'];

/**
 * A new producer mends these: it gets an id and an epoch of its own, and sequence numbers begin anew.
 *
 * - `INVALID_PRODUCER_ID_MAPPING`: mostly an id that the brokers forgot because the partition was quiet for a week
 *   (`transactional.id.expiration.ms`). Giving the partition up would stop it although nobody else has it. Java's
 *   `InvalidPidMappingException` is an `ApplicationRecoverableException`: restart the producer.
 * - `INVALID_TXN_STATE`: the brokers' view of the transaction is another one than the client's. Java's
 *   `TransactionManager` ends the producer, which is what `indefinite` means here.
 * - Sequence numbers: Java's client aborts and raises the epoch. This one does not raise it when it aborts, so each
 *   further transaction of the same producer would fail in the same way.
 */
const SETTLED_BY_A_NEW_PRODUCER = [
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'UNKNOWN_PRODUCER_ID',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
];

/** The same records or the same rights give the same answer again. */
const FATAL = [
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_TRANSACTION_TIMEOUT',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'OFFSET_METADATA_TOO_LARGE',
  'INVALID_COMMIT_OFFSET_SIZE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_GROUP_ID',
  'INVALID_REQUIRED_ACKS',
  'INVALID_REQUEST',
  'POLICY_VIOLATION',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNSUPPORTED_COMPRESSION_TYPE',
];

/** A broker refused one request, and sequence numbers and state are as they were: the abort clears it. */
const ABORTABLE = [
  'TRANSACTION_ABORTABLE',
  'OPERATION_NOT_ATTEMPTED',
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
];

const FAULTS: ReadonlyMap<string, TransactionFault> = new Map([
  ...FENCED.map((type) => [type, 'fenced'] as const),
  ...SETTLED_BY_A_NEW_PRODUCER.map((type) => [type, 'indefinite'] as const),
  ...FATAL.map((type) => [type, 'fatal'] as const),
  ...ABORTABLE.map((type) => [type, 'abortable'] as const),
]);

/** Wraps what a transactional producer's call failed with. */
export function toTransactionError(error: unknown, failed: FailedCall): TransactionError {
  if (error instanceof TransactionError) return error;
  const fault = faultOf(error, failed);
  if (error instanceof LongwaveError) return new TransactionError(fault, error.message, { cause: error });
  const { said } = readClientError(error, failed.logged);
  return new TransactionError(fault, failedMessage(failed, said), { cause: error });
}

/**
 * What has to be done about an error. One that is not known is `indefinite`: a new producer and a look at the committed
 * offset are right whatever has happened.
 */
function faultOf(error: unknown, { logged, ending = false }: FailedCall): TransactionFault {
  if (error instanceof LongwaveError) return error.retryable ? 'indefinite' : 'fatal';
  const { type, kind } = readClientError(error, logged);
  if (kind === 'refused') return 'fatal';
  const fault = FAULTS.get(type ?? '') ?? 'indefinite';
  return ending && fault === 'abortable' ? 'indefinite' : fault;
}

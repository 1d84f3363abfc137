export {
  type DescribedPartition,
  type DescribeStateOptions,
  describeState,
  type PartitionReport,
  type StreamReport,
} from './describe-state.ts';
export { type EventLog, LOG_EVENTS, type LogEvent } from './log-events.ts';
export { type Operations, type OperationsOptions, openOperations, watchedLog } from './operations.ts';
export { type ResetReport, type ResetStateOptions, type ResetTarget, resetState } from './reset-state.ts';
export type { RunEvent, RunObserver } from './run-event.ts';
export { transactionalIdOf } from './transactional-id.ts';

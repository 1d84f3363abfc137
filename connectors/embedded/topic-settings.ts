import { ConnectorError, show } from '../../core/index.ts';
import { MAX_BATCH_BYTES } from './record-batch.ts';

/** What Kafka's own default is: 1 MiB and the twelve bytes before a batch. */
export const DEFAULT_MAX_MESSAGE_BYTES = 2 ** 20 + 12;

/** The settings of a topic that the embedded broker heeds. */
export interface TopicSettings {
  readonly compact: boolean;
  readonly maxMessageBytes: number;
  /** A tombstone of this age goes at the next compaction. */
  readonly deleteRetentionMs: number;
  /** A partition drops its oldest batches beyond this; `undefined`: never. */
  readonly retentionBytes: number | undefined;
}

/** Kafka's defaults of what is heeded. Records do not expire by age. */
export function defaultConfig(maxMessageBytes: number): ReadonlyMap<string, string> {
  return new Map([
    ['cleanup.policy', 'delete'],
    ['max.message.bytes', String(maxMessageBytes)],
    ['delete.retention.ms', '86400000'],
    ['retention.bytes', '-1'],
    ['retention.ms', '-1'],
  ]);
}

/**
 * Reads the settings of a topic; names that are not heeded are kept and do nothing.
 * @throws ConnectorError `CONNECTOR_FAILED`
 */
export function readSettings(topic: string, config: ReadonlyMap<string, string>): TopicSettings {
  const number = (name: string, min: number, max: number): number => {
    const value = config.get(name);
    const read = value === undefined || value.trim() === '' ? Number.NaN : Number(value);
    if (Number.isInteger(read) && read >= min && read <= max) return read;
    throw refused(topic, `\`${name}\` to be an integer in ${min}..${max}`, value);
  };
  const policies = (config.get('cleanup.policy') ?? '').split(',').map((policy) => policy.trim());
  if (!policies.every((policy) => policy === 'delete' || policy === 'compact')) {
    throw refused(topic, '`cleanup.policy` to be delete, compact or both', config.get('cleanup.policy'));
  }
  const retentionBytes = number('retention.bytes', -1, 2 ** 53 - 1);
  return {
    compact: policies.includes('compact'),
    maxMessageBytes: number('max.message.bytes', 0, MAX_BATCH_BYTES),
    deleteRetentionMs: number('delete.retention.ms', 0, 2 ** 53 - 1),
    retentionBytes: retentionBytes < 0 || !policies.includes('delete') ? undefined : retentionBytes,
  };
}

function refused(topic: string, expectation: string, got: unknown): ConnectorError {
  return new ConnectorError('CONNECTOR_FAILED', `Expected topic ${topic}: ${expectation}, got ${show(got)}`);
}

import type { KafkaLog } from '../../connectors/index.ts';
import type { EventLog } from '../operations/index.ts';

/** What the Kafka client has to say, as events `kafka`; its own news say nothing that our events do not. */
export function kafkaClientLog(log: EventLog): KafkaLog {
  return (level, message, fields) => log('kafka', { ...fields, level: level === 'info' ? 'debug' : level, message });
}

import { expect, it } from 'vitest';
import { deadLetterRecord } from '../../../connectors/kafka/index.ts';
import { InputError } from '../../../core/index.ts';
import { record } from './records.ts';

it('a dead letter keeps the record byte for byte and says where it lay and why', () => {
  const value = Uint8Array.of(0, 255);
  const original = record({ key: 'k', value, headers: { own: 'x' }, timestampMs: 5 });
  const place = { topic: 'in', partition: 2, offset: 7n };
  const error = new InputError('RECORD_MALFORMED', `Expected something else, got ${'x'.repeat(2000)}`, place);
  const dead = deadLetterRecord(original, error, { attempts: 3 });
  expect(dead.topic).toBe('in.dead-letter');
  expect([dead.key, dead.value]).toEqual([original.key, value]);
  const { 'lw-dead-letter-message': message, own, ...rest } = dead.headers!;
  expect(own).toEqual(new TextEncoder().encode('x'));
  expect(message).toHaveLength(1000);
  expect(message).toMatch(/^topic in, partition 2, offset 7: Expected something else, got xxx/);
  expect(rest).toEqual({
    'lw-dead-letter-topic': 'in',
    'lw-dead-letter-partition': '2',
    'lw-dead-letter-offset': '7',
    'lw-dead-letter-timestamp': '5',
    'lw-dead-letter-error-code': 'RECORD_MALFORMED',
    'lw-dead-letter-error-class': 'InputError',
    'lw-dead-letter-attempts': '3',
  });
});

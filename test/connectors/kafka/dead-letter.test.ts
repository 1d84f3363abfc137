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

it('a dead letter leaves out what would make it larger than brokers take, and says so', () => {
  const original = record({ key: 'k', value: Uint8Array.of(1), headers: { own: 'x' }, timestampMs: 5 });
  const error = new InputError('RECORD_MALFORMED', 'Expected something else');
  const large = new Uint8Array(1_040_000);
  const dead = (parts: Partial<typeof original>) => {
    const { key, value, headers = {} } = deadLetterRecord({ ...original, ...parts }, error);
    return { leftOut: headers['lw-dead-letter-left-out'], key, value, own: headers.own };
  };
  const { key, value } = original;
  const own = new TextEncoder().encode('x');
  expect(dead({})).toEqual({ leftOut: undefined, key, value, own });
  expect(dead({ value: large })).toEqual({ leftOut: 'value', key, value: null, own });
  const headers = new Map([['own', large]]);
  expect(dead({ headers })).toEqual({ leftOut: 'value, headers', key, value: null, own: undefined });
  expect(dead({ key: large })).toEqual({ leftOut: 'value, headers, key', key: null, value: null, own: undefined });
});

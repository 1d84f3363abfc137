import { expect, it } from 'vitest';
import { kafkajsTransport } from '../../../connectors/kafka/index.ts';
import { ConfigError } from '../../../core/index.ts';

it.each([
  ['a:1', ['a:1']],
  ['a:1, b:65535,', ['a:1', 'b:65535']],
  [['[::1]:9092'], ['[::1]:9092']],
])('brokers %j are %j', async (brokers, expected) => {
  expect((await kafkajsTransport({ brokers })).brokers).toEqual(expected);
});

it.each([
  [{ brokers: '' }, 'Expected `brokers` to name 1..100 brokers, got []'],
  [{ brokers: 'localhost' }, 'Expected `brokers` to be of the form host:port, got "localhost"'],
  [{ brokers: 'a:0' }, 'host:port'],
  [{ brokers: 'a:65536' }, 'host:port'],
  [{ brokers: 'http://a:1' }, 'host:port'],
  [{ brokers: 'a:1', connectTimeoutMs: 1 }, '`connectTimeoutMs`'],
  [{ brokers: 'a:1', sendTimeoutMs: 0.5 }, '`sendTimeoutMs`'],
])('%j is refused', async (connection, message) => {
  const made = kafkajsTransport(connection);
  await expect(made).rejects.toBeInstanceOf(ConfigError);
  await expect(made).rejects.toThrow(message);
});

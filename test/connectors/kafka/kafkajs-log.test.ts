import type { LogEntry } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { KafkajsLog } from '../../../connectors/kafka/kafkajs-log.ts';
import { ConnectorError } from '../../../core/index.ts';

function entry(level: number, message: string, extra: object = {}): LogEntry {
  const log = { timestamp: '', logger: 'kafkajs', message, ...extra };
  return { namespace: '', level, label: '', log };
}

function logged() {
  const lines: string[] = [];
  return { lines, log: new KafkajsLog((level, message) => lines.push(`${level} ${message}`)) };
}

describe("the client's log", () => {
  it('has no errors, since what stays broken is thrown', () => {
    const { lines, log } = logged();
    for (const [level, message] of [
      [1, 'a'],
      [2, 'b'],
      [4, 'c'],
      [5, 'd'],
    ] as const)
      log.take(entry(level, message));
    expect(lines).toEqual(['warn a', 'warn b', 'info c', 'debug d']);
  });

  it.each([
    ['Response AddPartitionsToTxn(key: 24, version: 1)', { error: 'another concurrent operation was ongoing' }],
    ['Failed to send messages: another concurrent operation was ongoing', { retryCount: 0, retryTime: 6 }],
    ['The group is rebalancing, re-joining', { error: 'The group is rebalancing, so a rejoin is needed' }],
  ])('says what a retry mends to whoever asks for everything: %s', (message, extra) => {
    const { lines, log } = logged();
    log.take(entry(1, message, extra));
    expect(lines).toEqual([`debug ${message}`]);
  });

  it.each([
    ['SASL SCRAM SHA512 authentication failed: no', {}],
    [
      'Response Metadata(key: 3, version: 6)',
      { error: 'Not authorized to access topics: [Topic authorization failed]' },
    ],
    ['Crash: KafkaJSNonRetriableError: no', {}],
    ['Response Fetch(key: 1, version: 11)', { error: 'Expected the package `snappy` to be installed' }],
  ])('does not repeat what is told otherwise: %s', (message, extra) => {
    const { lines, log } = logged();
    log.take(entry(1, message, extra));
    expect(lines).toEqual([`debug ${message}`]);
  });

  it('is silent about an attempt whose error is thrown for good, and tells of one that came right or may', async () => {
    const outcomes = [
      [() => Promise.resolve(1), 'warn x'],
      [() => Promise.reject(new ConnectorError('CONNECTOR_FAILED', 'no')), 'debug x'],
      [() => Promise.reject(new ConnectorError('CONNECTOR_UNREACHABLE', 'no', { retryable: true })), 'warn x'],
    ] as const;
    for (const [outcome, expected] of outcomes) {
      const { lines, log } = logged();
      const attempt = Promise.resolve().then(() => {
        log.take(entry(1, 'x'));
        expect(lines).toEqual([]);
        return outcome();
      });
      await log.during(attempt).catch(() => {});
      expect(lines).toEqual([expected]);
    }
  });

  it('holds no more than a hundred lines', async () => {
    const { lines, log } = logged();
    const attempt = Promise.resolve().then(() => {
      for (let i = 0; i < 150; i++) log.take(entry(4, String(i)));
      expect(lines).toHaveLength(50);
    });
    await log.during(attempt);
    expect(lines).toHaveLength(150);
  });

  it('remembers what the brokers answered to the search for a coordinator', () => {
    const { log } = logged();
    log.take(entry(1, 'Response GroupCoordinator', { error: 'Transactional Id authorization failed' }));
    expect(log.answer).toBe('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
  });
});

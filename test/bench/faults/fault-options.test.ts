import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../../bench/faults/fault-kinds.ts';
import { readFaultOptions } from '../../../bench/faults/fault-options.ts';

const env = {};

describe('readFaultOptions', () => {
  it('begins brokers of its own for ten rounds of all kinds where nothing is said', () => {
    expect(readFaultOptions([], env)).toEqual({
      ...{ rounds: 10, seed: 1, kinds: FAULT_KINDS, brokers: undefined, json: false },
    });
  });

  it('takes what is said', () => {
    const args = ['--rounds', '20', '--seed', '7', '--kinds', 'kill, storm', '--brokers', 'a:1,b:2', '--json'];
    expect(readFaultOptions(args, env)).toEqual({
      ...{ rounds: 20, seed: 7, kinds: ['kill', 'storm'], brokers: ['a:1', 'b:2'], json: true },
    });
  });

  it('kills no brokers of others, and stands before those of this machine only', () => {
    expect(readFaultOptions(['--brokers', 'kafka.example:9092'], env).kinds).toEqual(['kill', 'zombie', 'storm']);
    const local = readFaultOptions([], { KAFKA_BROKERS: '127.0.0.1:9092,localhost:9093' });
    expect(local.kinds).toEqual(['kill', 'zombie', 'storm', 'proxy']);
    expect(local.brokers).toEqual(['127.0.0.1:9092', 'localhost:9093']);
  });

  it.each([
    [['--rounds', '0'], '`--rounds` to be an integer in 1..100000, got 0'],
    [['--rounds', 'many'], '`--rounds` to be an integer'],
    [['--seed', '-1.5'], "'--seed"],
    [['--seed=-1'], '`--seed` to be an integer in 0..4294967295, got -1'],
    [['--kinds', 'kill,flood'], '`--kinds` to be one of kill, zombie, broker, node, storm, proxy, got'],
    [['--brokers', 'a:1', '--kinds', 'node'], '`--kinds` to be one of kill, zombie, storm, got'],
    [['--loud'], "Unknown option '--loud'"],
    [['extra'], "'extra'"],
  ])('refuses %j', (args, message) => {
    expect(() => readFaultOptions(args, env)).toThrowError(message);
    expect(() => readFaultOptions(args, env)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

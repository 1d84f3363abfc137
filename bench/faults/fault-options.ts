import { parseArgs } from 'node:util';
import { ConfigError, requireInteger, requireOneOf } from '../../core/index.ts';
import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts';

/** How the command is used. */
export const USAGE =
  'Usage: faults [--rounds N] [--seed S] [--kinds kill,zombie,…] [--brokers host:port,…] [--json]\n' +
  `Kinds: ${FAULT_KINDS.join(', ')}; broker and node need brokers of their own, so none of --brokers\n`;

const WITH_BROKERS_OF_OTHERS: readonly FaultKind[] = ['kill', 'zombie', 'storm', 'proxy'];
/** Addresses of this machine: the proxy stands before those only. */
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost):\d+$/;

/** What `npm run faults` was told. */
export interface FaultOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  /** `undefined`: brokers of its own. */
  readonly brokers: readonly string[] | undefined;
  readonly json: boolean;
}

/**
 * Reads the arguments of `npm run faults`. Default: 10 rounds, seed 1, every kind that the brokers allow.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function readFaultOptions(args: readonly string[], env: NodeJS.ProcessEnv = process.env): FaultOptions {
  const values = parsed(args);
  const named = values.brokers ?? env.KAFKA_BROKERS;
  const brokers = named === undefined || named === '' ? undefined : named.split(',').map((broker) => broker.trim());
  const allowed = brokers === undefined ? FAULT_KINDS : allowedWith(brokers);
  const kinds = values.kinds?.split(',').map((kind) => requireOneOf('--kinds', kind.trim(), allowed)) ?? allowed;
  return {
    rounds: requireInteger('--rounds', Number(values.rounds), { min: 1, max: 100_000 }),
    seed: requireInteger('--seed', Number(values.seed), { min: 0, max: 2 ** 32 - 1 }),
    kinds,
    brokers,
    json: values.json,
  };
}

function allowedWith(brokers: readonly string[]): readonly FaultKind[] {
  const isLocal = brokers.every((broker) => LOOPBACK.test(broker));
  return WITH_BROKERS_OF_OTHERS.filter((kind) => kind !== 'proxy' || isLocal);
}

function parsed(args: readonly string[]): {
  readonly rounds: string;
  readonly seed: string;
  readonly kinds: string | undefined;
  readonly brokers: string | undefined;
  readonly json: boolean;
} {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '10' },
        seed: { type: 'string', default: '1' },
        kinds: { type: 'string' },
        brokers: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    return { ...values, kinds: values.kinds, brokers: values.brokers };
  } catch (cause) {
    throw new ConfigError('CONFIG_INVALID', `Expected known options, got: ${(cause as Error).message}`, { cause });
  }
}

import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { type KafkaTransport, kafkajsTransport } from '../../../connectors/kafka/index.ts';
import { type NoBroker, type SecuredBroker, startSecuredBroker } from '../../../scripts/broker.mjs';
import { type Authority, authority, type Certified } from '../../connectors/kafka/certificate.ts';

const HOSTS = ['127.0.0.1', 'localhost'];
const ADMIN = { name: 'admin', password: 'secret of admin' };

/** Users that a {@link Secured} broker knows; what they may do is for ACLs to say. */
export const USERS = ['worker', 'no-transaction', 'no-output', 'only-sees-output', 'no-input', 'no-group'] as const;
export type User = (typeof USERS)[number];

/** A broker with TLS, logins and ACLs, and what its clients need. */
export interface Secured {
  readonly brokers: string;
  /** Its certificate was good until 2021. */
  readonly expired: string;
  /** Wants a client's certificate instead of a login. */
  readonly mutual: string;
  readonly authority: Authority;
  /** The client's certificate of the user `CN=worker`. */
  readonly client: Certified;
  readonly stop: () => Promise<void>;
}

/** Starts one with certificates that are made for it. */
export async function startSecured(): Promise<Secured | NoBroker> {
  const ca = authority('authority of the test');
  const users = USERS.map((name) => ({ name, password: passwordOf(name) }));
  const expired = ca.issue(HOSTS, new Date('2021-01-01'));
  const started = await startSecuredBroker({ ca: ca.cert, server: ca.issue(HOSTS), expired, admin: ADMIN, users });
  if (started.brokers === undefined) return started;
  return { ...(started as SecuredBroker), authority: ca, client: ca.issue(['worker']) };
}

export function passwordOf(user: User): string {
  return `secret of ${user}`;
}

/** The way in of who may do everything. */
export function adminTransport({ brokers, authority: { cert } }: Secured): Promise<KafkaTransport> {
  const sasl = { mechanism: 'scram-sha-512', username: ADMIN.name, password: ADMIN.password } as const;
  return kafkajsTransport({ brokers, ssl: { ca: cert }, sasl });
}

const { TOPIC, GROUP, TRANSACTIONAL_ID } = AclResourceTypes;
const { READ, WRITE, CREATE, DELETE, DESCRIBE, DESCRIBE_CONFIGS } = AclOperationTypes;
const { LITERAL, PREFIXED } = ResourcePatternTypes;

/** Operations on what has a name, or names that begin so. */
export interface Right {
  readonly on: AclResourceTypes;
  readonly name: string;
  readonly operations: readonly AclOperationTypes[];
  readonly isPrefix?: boolean;
}

/** What a pipeline needs at least: the table of docs/OPERATIONS.md. */
export function leastRights(pipeline: { name: string; groupId: string; input: string; output: string }): Right[] {
  const { name, groupId, input, output } = pipeline;
  return [
    { on: TOPIC, name: input, operations: [READ] },
    { on: TOPIC, name: output, operations: [WRITE, CREATE] },
    { on: TOPIC, name: `${input}.dead-letter`, operations: [WRITE, CREATE] },
    ...['state', 'snapshots'].map((end) => ({
      ...{ on: TOPIC, name: `${groupId}.${end}`, operations: [READ, WRITE, CREATE, DESCRIBE_CONFIGS] },
    })),
    { on: GROUP, name: groupId, operations: [READ] },
    { on: GROUP, name: `${groupId}-reader-`, isPrefix: true, operations: [READ, DELETE] },
    { on: TRANSACTIONAL_ID, name: `${name}.${groupId}.${input}.`, isPrefix: true, operations: [WRITE] },
  ];
}

/** The right to see a topic and no more. */
export function maySee(name: string): Right {
  return { on: TOPIC, name, operations: [DESCRIBE] };
}

/** Gives rights to principals, such as `User:worker`. */
export async function grant(secured: Secured, rights: ReadonlyMap<string, readonly Right[]>): Promise<void> {
  const { brokers, authority: ca } = secured;
  const sasl = { mechanism: 'scram-sha-512', username: ADMIN.name, password: ADMIN.password } as const;
  const kafka = new Kafka({ brokers: [brokers], ssl: { ca: ca.cert }, sasl, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const acl = [...rights].flatMap(([principal, given]) =>
    given.flatMap(({ on, name, operations, isPrefix = false }) =>
      operations.map((operation) => ({
        ...{ principal, operation, host: '*', permissionType: AclPermissionTypes.ALLOW },
        ...{ resourceType: on, resourceName: name, resourcePatternType: isPrefix ? PREFIXED : LITERAL },
      })),
    ),
  );
  await admin.createAcls({ acl }).finally(() => admin.disconnect());
}

/**
 * The settings of a broker as users have it: TLS with certificates of an authority, a login, and nothing allowed that no ACL
 * allows. Certificates and keys are PEM, which brokers read as they are.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ cert: string, key: string }} Certified
 * @typedef {{ name: string, password: string }} User
 * @typedef {object} Secured
 * @property {string} ca the authority of all certificates
 * @property {Certified} server of the listeners SECURE and MUTUAL
 * @property {Certified} expired of the listener EXPIRED
 * @property {User} admin may do everything
 * @property {readonly User[]} users may do what ACLs say
 * @property {{ expired: number, mutual: number }} ports
 */

const MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];

/**
 * SECURE: a login over TLS. EXPIRED: the same, its certificate is past its time. MUTUAL: clients show a certificate.
 * @param {{ directory: string, port: number, controllerPort: number, secured: Secured }} parts
 */
export function securedProperties({ directory, port, controllerPort, secured }) {
  const { ca, server, expired, admin, users, ports } = secured;
  const file = (name, text) => {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path.replaceAll('\\', '/');
  };
  const keyStore = (listener, { cert, key }) => {
    const prefix = `listener.name.${listener}.ssl.keystore`;
    return `${prefix}.type=PEM\n${prefix}.location=${file(`${listener}.pem`, key + cert)}`;
  };
  const scram = MECHANISMS.map(
    (mechanism) =>
      `${mechanism.toLowerCase()}.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="${admin.name}" password="${admin.password}";`,
  );
  const plain = `plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ${[admin, ...users].map(({ name, password }) => `user_${name}="${password}"`).join(' ')};`;
  const logins = ['secure', 'expired'].flatMap((listener) =>
    [...scram, plain].map((login) => `listener.name.${listener}.${login}`),
  );
  return `listeners=SECURE://127.0.0.1:${port},EXPIRED://127.0.0.1:${ports.expired},MUTUAL://127.0.0.1:${ports.mutual},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=SECURE://127.0.0.1:${port},EXPIRED://127.0.0.1:${ports.expired},MUTUAL://127.0.0.1:${ports.mutual}
listener.security.protocol.map=SECURE:SASL_SSL,EXPIRED:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SECURE
sasl.enabled.mechanisms=${MECHANISMS.join(',')},PLAIN
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
${logins.join('\n')}
ssl.truststore.type=PEM
ssl.truststore.location=${file('ca.pem', ca)}
${keyStore('secure', server)}
${keyStore('expired', expired)}
${keyStore('mutual', server)}
listener.name.mutual.ssl.client.auth=required
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:${admin.name};User:ANONYMOUS`;
}

/** Arguments of the storage's formatting that make the users known to SCRAM. @param {Pick<Secured, 'admin' | 'users'>} secured */
export function scramUsers({ admin, users }) {
  return MECHANISMS.flatMap((mechanism) =>
    [admin, ...users].flatMap(({ name, password }) => ['-S', `${mechanism}=[name=${name},password=${password}]`]),
  );
}

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

const ECDSA_WITH_SHA256 = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x06, 0x03, 0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS = [0x06, 0x03, 0x55, 0x1d, 0x13];
const ALTERNATIVE_NAMES = [0x06, 0x03, 0x55, 0x1d, 0x11];

/** A certificate and its key, both PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** Gives out certificates that whoever believes {@link cert} believes. */
export interface Authority extends Certified {
  /** A certificate for hosts (names or IPv4 addresses), valid until the given day. */
  issue(hosts: readonly string[], validUntil?: Date): Certified;
}

/** A self-signed certificate for `name`, valid until the given day, and its key: made anew each time. */
export function selfSigned(name: string, validUntil: Date): Certified {
  const { publicKey, privateKey } = keyPair();
  return certified({ subject: name, issuer: name, publicKey, privateKey, signer: privateKey, validUntil });
}

/** An authority of its own, made anew each time. */
export function authority(name: string): Authority {
  const { publicKey, privateKey: signer } = keyPair();
  const extensions = [extension(BASIC_CONSTRAINTS, der(0x30, der(0x01, Buffer.from([0xff]))))];
  const validUntil = new Date('2040-01-01');
  const own = { subject: name, issuer: name, publicKey, privateKey: signer, signer, validUntil, extensions };
  return {
    ...certified(own),
    issue: (hosts, until = validUntil) => {
      const names = hosts.map((host) =>
        isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
      );
      return certified({
        ...{ ...keyPair(), signer, subject: hosts[0]!, issuer: name, validUntil: until },
        extensions: [extension(ALTERNATIVE_NAMES, der(0x30, ...names))],
      });
    },
  };
}

function keyPair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

interface Contents {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly signer: KeyObject;
  readonly validUntil: Date;
  readonly extensions?: readonly Buffer[];
}

let serialNumber = 1;

function certified(contents: Contents): Certified {
  const { subject, issuer, publicKey, privateKey, signer, validUntil, extensions = [] } = contents;
  const algorithm = der(0x30, Buffer.from(ECDSA_WITH_SHA256));
  const toBeSigned = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.from([serialNumber++])),
    algorithm,
    named(issuer),
    der(0x30, time(new Date('2020-01-01')), time(validUntil)),
    named(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, der(0x30, ...extensions))]),
  );
  const signature = sign('sha256', toBeSigned, signer);
  const certificate = der(0x30, toBeSigned, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function named(name: string): Buffer {
  return der(0x30, der(0x31, der(0x30, Buffer.from(COMMON_NAME), der(0x0c, Buffer.from(name)))));
}

function extension(type: readonly number[], value: Buffer): Buffer {
  return der(0x30, Buffer.from(type), der(0x04, value));
}

/** A value of X.690: tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

function time(at: Date): Buffer {
  return der(0x18, Buffer.from(`${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`));
}

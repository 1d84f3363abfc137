import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openKafkaConnection } from '../../../pipeline/config/kafka-connection.ts';
import { parsePipeline } from '../../../pipeline/config/parse.ts';
import { pipelineJsonSchema } from '../../../pipeline/config/schema.ts';
import { authority } from '../../connectors/kafka/certificate.ts';

const ca = authority('test');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-connection-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A pipeline between two topics, with more fields of `source.kafka` and `sink.kafka`. */
function text(source: string, sink = ''): string {
  return `name: hall
source:
  kafka: { brokers: [a:1], topic: t, groupId: g, format: json, values: [v]${source} }
head: { anomaly: {} }
sink:
  kafka: { topic: out${sink} }
`;
}

/** The faults of a text, or of the connection that it describes, as one text; '' for none. */
async function faultOf(source: string, sink = ''): Promise<string> {
  const parsed = parsePipeline(text(source, sink));
  if ('faults' in parsed) return parsed.faults.map(({ path, message }) => `${path}: ${message}`).join('\n');
  const { kafka } = parsed.config.source;
  return openKafkaConnection(kafka!, { field: 'source.kafka', clientId: 'hall' }).then(
    () => '',
    (error: { code: string; message: string }) => `${error.code} ${error.message}`,
  );
}

async function connectionOf(source: string) {
  const parsed = parsePipeline(text(source));
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return openKafkaConnection(parsed.config.source.kafka!, { field: 'source.kafka', clientId: 'hall' });
}

const login = 'mechanism: scram-sha-512, username: u';

describe('the connection of a pipeline file', () => {
  it('is plain without a word', async () => {
    expect(await connectionOf('')).toEqual({ brokers: ['a:1'], clientId: 'hall' });
  });

  it('takes TLS as it is on the machine, or certificates from files', async () => {
    expect(await connectionOf(', ssl: true')).toMatchObject({ ssl: true });
    const paths = `caPath: ${file('ca.pem', ca.cert)}, certPath: ${file('c.pem', ca.cert)}, keyPath: ${file('k.pem', ca.key)}`;
    expect(await connectionOf(`, ssl: { ${paths}, serverName: kafka.test }`)).toMatchObject({
      ssl: { ca: ca.cert, cert: ca.cert, key: ca.key, serverName: 'kafka.test' },
    });
  });

  it('takes a password from the environment, a file without its last line break, or itself', async () => {
    vi.stubEnv('LONGWAVE_TEST_SECRET', 'of the environment\n');
    const sasl = { mechanism: 'scram-sha-512', username: 'u' };
    const taken = async (place: string) => (await connectionOf(`, sasl: { ${login}, ${place} }`)).sasl;
    expect(await taken('passwordEnv: LONGWAVE_TEST_SECRET')).toEqual({ ...sasl, password: 'of the environment\n' });
    expect(await taken(`passwordFile: ${file('p', 'of a file \r\n')}`)).toEqual({ ...sasl, password: 'of a file ' });
    expect(await taken('password: itself')).toEqual({ ...sasl, password: 'itself' });
  });

  it('takes the passphrase of a key in the same ways', async () => {
    vi.stubEnv('LONGWAVE_TEST_SECRET', 'phrase');
    const pair = `certPath: ${file('c.pem', ca.cert)}, keyPath: ${file('k.pem', ca.key)}`;
    expect((await connectionOf(`, ssl: { ${pair}, passphraseEnv: LONGWAVE_TEST_SECRET }`)).ssl).toMatchObject({
      passphrase: 'phrase',
    });
  });

  it.each([
    [', ssl: { certPath: c.pem }', 'source.kafka.ssl: Expected `certPath` and `keyPath` together'],
    [', ssl: { passphraseEnv: P }', 'source.kafka.ssl: Expected `keyPath` beside a passphrase'],
    [', ssl: { ca: x }', 'source.kafka.ssl.ca: Expected a known field'],
    [', ssl: yes please', 'source.kafka.ssl: '],
    [`, sasl: { ${login} }`, 'source.kafka.sasl: Expected exactly one of `passwordEnv`, `passwordFile` and `password`'],
    [`, sasl: { ${login}, password: a, passwordEnv: B }`, 'source.kafka.sasl: Expected exactly one of'],
    [`, sasl: { ${login}, passwordEnv: "no name" }`, 'source.kafka.sasl.passwordEnv: Expected the name of an'],
    [', sasl: { mechanism: gssapi, username: u, password: p }', 'source.kafka.sasl.mechanism: '],
  ])('%s is a fault at its place', async (source, expected) => {
    expect(await faultOf(source)).toContain(expected);
  });

  it('of the sink is its own only where it names brokers of its own', async () => {
    expect(await faultOf('', ', ssl: true')).toContain('sink.kafka.ssl: Expected `ssl` beside `brokers` only');
    expect(await faultOf('', `, sasl: { ${login}, password: p }`)).toContain('sink.kafka.sasl: Expected `sasl` beside');
    expect(await faultOf('', ', brokers: [b:1], ssl: true')).toBe('');
  });

  it.each([
    [
      'a variable that is not set',
      () => `sasl: { ${login}, passwordEnv: LONGWAVE_TEST_UNSET }`,
      'CONFIG_INVALID',
      'source.kafka.sasl.passwordEnv` to name a variable of the environment that is set, got LONGWAVE_TEST_UNSET',
    ],
    [
      'a file that is not there',
      () => `ssl: { caPath: ${join(folder, 'none')} }`,
      'CONFIG_UNREADABLE',
      'source.kafka.ssl.caPath` to name a readable file, got: ENOENT',
    ],
    [
      'a folder',
      () => `ssl: { caPath: ${folder} }`,
      'CONFIG_UNREADABLE',
      'source.kafka.ssl.caPath` to name a readable file, got: EISDIR',
    ],
    [
      'a file that is too long',
      () => `ssl: { caPath: ${file('large', new Uint8Array(1_000_001))} }`,
      'CONFIG_UNREADABLE',
      'source.kafka.ssl.caPath` to name a file of at most 1000000 bytes',
    ],
    [
      'a password file that is too long',
      () => `sasl: { ${login}, passwordFile: ${file('long', 'x'.repeat(5000))} }`,
      'CONFIG_UNREADABLE',
      'at most 4096 bytes',
    ],
    [
      'an empty password file',
      () => `sasl: { ${login}, passwordFile: ${file('empty', '\n')} }`,
      'CONFIG_INVALID',
      'source.kafka.sasl.passwordFile` to name a file that holds it',
    ],
    [
      'what is no PEM',
      () => `ssl: { caPath: ${file('der', Uint8Array.of(0x30, 0x82))} }`,
      'CONFIG_INVALID',
      'source.kafka.ssl.caPath` to name a PEM file',
    ],
  ])('%s is an error that names the field', async (_, source, code, says) => {
    const fault = await faultOf(`, ${source()}`);
    expect(fault).toContain(code);
    expect(fault).toContain(says);
  });

  it('tells no password in a fault', async () => {
    expect(await faultOf(`, sasl: { ${login}, password: 123456789 }`)).not.toMatch(/123456789/);
    expect(await faultOf(`, sasl: { ${login}, password: hidden-secret, passwordEnv: X }`)).not.toMatch(/hidden/);
    expect(await faultOf(`, sasl: { ${login}, passwordFile: ${file('long', 'hidden'.repeat(1000))} }`)).not.toMatch(
      /hiddenhidden/,
    );
  });

  it('stands in the JSON Schema, for editors', () => {
    const schema = JSON.stringify(pipelineJsonSchema());
    for (const field of ['caPath', 'passwordEnv', 'scram-sha-256', 'compression', 'lz4'])
      expect(schema).toContain(field);
  });
});

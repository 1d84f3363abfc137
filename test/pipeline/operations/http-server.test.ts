import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectorError } from '../../../core/index.ts';
import {
  type HttpViews,
  type OperationsServer,
  openOperationsServer,
} from '../../../pipeline/operations/http-server.ts';
import type { Readiness } from '../../../pipeline/operations/partition-board.ts';

const HOST = '127.0.0.1';
const READY: Readiness = { isReady: true, waitsFor: null, partitions: [{ partition: 0, phase: 'ready' }] };

let opened: OperationsServer[] = [];
afterEach(async () => {
  for (const server of opened) await server.close();
  opened = [];
});

async function open(views: Partial<HttpViews> = {}, port = 0): Promise<OperationsServer> {
  const metrics = { contentType: 'text/plain; version=0.0.4', text: async () => 'a 1\n' };
  const server = await openOperationsServer({ port, host: HOST }, { readiness: () => READY, metrics, ...views });
  opened.push(server);
  return server;
}

describe('openOperationsServer', () => {
  it('says that the process lives, whatever it waits for', async () => {
    const waiting: Readiness = { isReady: false, waitsFor: 'assignment', partitions: [] };
    const { url } = await open({ readiness: () => waiting });
    const response = await fetch(`${url}/healthz`);
    expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
  });

  it('says 503 and what is waited for until all is ready, then 200', async () => {
    let readiness: Readiness = {
      ...{ isReady: false, waitsFor: 'partitions' },
      partitions: [{ partition: 0, phase: 'replaying', replayTo: '9' }],
    };
    const { url } = await open({ readiness: () => readiness });
    const before = await fetch(`${url}/readyz`);
    expect([before.status, await before.json()]).toEqual([
      503,
      { ready: false, waitsFor: 'partitions', partitions: [{ partition: 0, phase: 'replaying', replayTo: '9' }] },
    ]);
    readiness = READY;
    const now = await fetch(`${url}/readyz?verbose`);
    expect([now.status, await now.json()]).toEqual([
      200,
      { ready: true, waitsFor: null, partitions: [{ partition: 0, phase: 'ready' }] },
    ]);
  });

  it('gives the figures in their own content type, to HEAD without a body', async () => {
    const { url } = await open();
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await response.text()).toBe('a 1\n');
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['4', '']);
  });

  it('says 500, and goes on, where the figures cannot be had', async () => {
    const text = () => Promise.reject(new Error('no figures'));
    const { url } = await open({ metrics: { contentType: 'text/plain', text } });
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('refuses other paths and methods', async () => {
    const { url } = await open();
    expect((await fetch(`${url}/`)).status).toBe(404);
    const post = await fetch(`${url}/healthz`, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('refuses headers that are too large, and goes on', async () => {
    const { url } = await open();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${url}/healthz`, { headers: { 'x-large': 'x'.repeat(20_000) } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject).end();
    });
    expect(status).toBe(431);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('ends connections that are open when it closes', async () => {
    const server = await open();
    const socket = connect(Number(new URL(server.url).port), HOST);
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    socket.write('GET /healthz HTTP/1.1\r\n');
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    await server.close();
    await ended;
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });

  it('names address and port where it cannot listen', async () => {
    const { url } = await open();
    const port = Number(new URL(url).port);
    const again = await open({}, port).catch((error: unknown) => error);
    expect(again).toBeInstanceOf(ConnectorError);
    expect(again).toMatchObject({ code: 'CONNECTOR_FAILED', message: expect.stringContaining(`${port} of ${HOST}`) });
  });
});

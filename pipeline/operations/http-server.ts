import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectorError } from '../../core/index.ts';
import type { HttpConfig } from '../config/http-schema.ts';
import type { Readiness } from './partition-board.ts';

const MAX_CONNECTIONS = 64;
const REQUEST_MS = 5000;
const MAX_HEADER_BYTES = 8192;

/** What the endpoints show. */
export interface HttpViews {
  readonly readiness: () => Readiness;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
}

/** An open server. */
export interface OperationsServer {
  readonly url: string;
  /** Ends what is under way, and all connections. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Serves `GET` (and `HEAD`) of `/healthz`: the process answers; `/readyz`: 200 when every partition held is up to date, else
 * 503, with what is waited for as JSON; `/metrics`: Prometheus text. At most 64 connections, 5 s a request.
 * @throws ConnectorError `CONNECTOR_FAILED` where it cannot listen
 */
export async function openOperationsServer({ port, host }: HttpConfig, views: HttpViews): Promise<OperationsServer> {
  const limits = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, maxHeaderSize: MAX_HEADER_BYTES };
  const server = createServer(limits, (request, response) => {
    void answer(request, views).then((found) => send(request, response, found));
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const message = `Expected to listen at \`http.port\` ${port} of ${host}, got: ${error.message}`;
      reject(new ConnectorError('CONNECTOR_FAILED', message, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer({ method, url = '' }: IncomingMessage, views: HttpViews): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Expected GET\n');
  switch (url.split('?', 1)[0]) {
    case '/healthz':
      return plain(200, 'ok\n');
    case '/readyz': {
      const { isReady, waitsFor, partitions } = views.readiness();
      const body = `${JSON.stringify({ ready: isReady, waitsFor, partitions })}\n`;
      return { status: isReady ? 200 : 503, type: 'application/json', body };
    }
    case '/metrics':
      try {
        return { status: 200, type: views.metrics.contentType, body: await views.metrics.text() };
      } catch (error) {
        return plain(500, `${error instanceof Error ? error.message : String(error)}\n`);
      }
    default:
      return plain(404, 'Expected /healthz, /readyz or /metrics\n');
  }
}

function plain(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body };
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

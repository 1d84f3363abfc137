import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = '/test/portability/page/index.html';
/** What the page needs; nothing else is given out. */
const SERVED = ['/dist/', '/node_modules/@noble/hashes/', '/test/portability/', '/test/fixtures/golden/'];
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
};

/**
 * Serves the page on a free loopback port.
 * @returns `{ url, result, close }`; `result` resolves to what the page posts
 */
export async function servePage() {
  let give;
  const result = new Promise((resolve) => {
    give = resolve;
  });
  const server = createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/result') {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        response.writeHead(204).end();
        give(JSON.parse(Buffer.concat(parts).toString('utf8')));
      });
      return;
    }
    serveFile(new URL(request.url, 'http://localhost').pathname, response);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}${PAGE}`, result, close };
}

function serveFile(pathname, response) {
  const path = join(ROOT, pathname);
  const type = TYPES[extname(pathname)];
  if (type === undefined || !SERVED.some((prefix) => pathname.startsWith(prefix)) || !isFile(path)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` });
  createReadStream(path).pipe(response);
}

function isFile(path) {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

// By hand: node test/portability/page/serve.mjs, then open the address in any browser.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url, result } = await servePage();
  console.log(url);
  const { browser, engines, checks, differences, error } = await result;
  console.log(error ?? `${browser}\n${engines.join(' and ')}: ${checks} digests, ${differences.length} differ`);
  for (const each of differences ?? []) console.log(JSON.stringify(each));
  process.exit(error === undefined && differences.length === 0 ? 0 : 1);
}

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWithBroker, eventually } from './broker-setup.ts';

const script = fileURLToPath(new URL('../../../scripts/broker.mjs', import.meta.url));

function accepts(broker: string): Promise<boolean> {
  const [host, port] = broker.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host: host!, port: Number(port) });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.unref();
    socket.once('connect', () => socket.destroy());
  });
}

describeWithBroker('The test broker', () => {
  it.skipIf(process.env.KAFKA_BROKERS).each(['SIGINT', 'SIGKILL'] as const)(
    'ends when its owner ends by %s',
    async (signal) => {
      const owner = spawn(process.execPath, [script, 'start'], { stdio: ['ignore', 'pipe', 'inherit'] });
      let printed = '';
      owner.stdout.on('data', (bytes) => {
        printed += bytes;
      });
      await eventually('the broker to be ready', () => printed.endsWith('\n'), 60_000);
      const broker = printed.trim();
      expect(await accepts(broker)).toBe(true);
      owner.kill(signal);
      await eventually('the broker to end', async () => !(await accepts(broker)));
    },
  );
});

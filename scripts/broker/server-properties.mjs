/** The settings of a node: broker and controller in one process, on loopback. */
import { join } from 'node:path';
import { securedProperties } from './secured-properties.mjs';

/**
 * @param {{
 *   directory: string, node: number,
 *   places: readonly { id: number, port: number, controllerPort: number }[],
 *   secured?: import('./secured-properties.mjs').Secured,
 * }} parts
 */
export function serverProperties({ directory, node, places, secured }) {
  const { port, controllerPort } = places[node - 1];
  const controllers = places.map((place) => `${place.id}@127.0.0.1:${place.controllerPort}`).join(',');
  const replicas = places.length;
  const minIsr = Math.max(1, replicas - 1);
  const quorum =
    replicas === 1
      ? `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`
      : `controller.quorum.voters=${controllers}
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500`;
  const listeners =
    secured === undefined
      ? `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT`
      : securedProperties({ directory, port, controllerPort, secured });
  return `process.roles=broker,controller
node.id=${node}
${quorum}
${listeners}
controller.listener.names=CONTROLLER
log.dirs=${join(directory, 'data').replaceAll('\\', '/')}
auto.create.topics.enable=false
default.replication.factor=${replicas}
min.insync.replicas=${minIsr}
offsets.topic.replication.factor=${replicas}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=${replicas}
transaction.state.log.min.isr=${minIsr}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=${replicas}
share.coordinator.state.topic.min.isr=${minIsr}
log.retention.ms=-1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
`;
}

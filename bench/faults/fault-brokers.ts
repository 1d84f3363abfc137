import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { kafkajsTransport } from '../../connectors/index.ts';
import { ConfigError, ConnectorError } from '../../core/index.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { MortalBrokers, RoundPlace } from './random-round.ts';

/** Beside the built files as beside the sources. */
const SCRIPTS = ['../../../scripts/broker.mjs', '../../scripts/broker.mjs'];

interface Started extends MortalBrokers {
  readonly brokers: string;
  readonly stop: () => Promise<void>;
}

interface BrokerScript {
  startCluster(options: { nodes: number }): Promise<Started | { readonly brokers: undefined; readonly reason: string }>;
}

/** The brokers of the rounds: those that are named, else one of its own, and three for the rounds that kill one of them. */
export class FaultBrokers {
  readonly #named: readonly string[] | undefined;
  readonly #places = new Map<number, Promise<RoundPlace>>();
  readonly #started: Started[] = [];

  constructor(named: readonly string[] | undefined) {
    this.#named = named;
  }

  /**
   * Where a round of a kind takes place. Brokers start when they are needed first.
   * @throws ConfigError `CONFIG_INVALID` where none can be started; ConnectorError
   */
  placeFor(kind: FaultKind): Promise<RoundPlace> {
    const nodes = kind === 'node' ? 3 : 1;
    const place = this.#places.get(nodes) ?? this.#open(nodes);
    this.#places.set(nodes, place);
    return place;
  }

  async close(): Promise<void> {
    await Promise.all(this.#started.map(({ stop }) => stop()));
  }

  async #open(nodes: number): Promise<RoundPlace> {
    const named = this.#named;
    if (named !== undefined) return { transport: await kafkajsTransport({ brokers: named }), mortal: undefined };
    const path = SCRIPTS.map((script) => fileURLToPath(new URL(script, import.meta.url))).find(existsSync);
    if (path === undefined) {
      throw new ConfigError('CONFIG_INVALID', 'Expected `--brokers` to name brokers: none can be started from here');
    }
    const { startCluster } = (await import(pathToFileURL(path).href)) as BrokerScript;
    const started = await startCluster({ nodes });
    if (started.brokers === undefined) {
      throw new ConnectorError('CONNECTOR_FAILED', `Expected a broker to start, it did not: ${started.reason}`);
    }
    this.#started.push(started);
    return { transport: await kafkajsTransport({ brokers: started.brokers }), mortal: started };
  }
}

export type { EmbeddedBrokerOptions } from './broker-options.ts';
export { type EmbeddedBroker, embeddedBroker } from './embedded-broker.ts';

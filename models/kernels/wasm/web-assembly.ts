import { ConfigError } from '../../../core/index.ts';

/** The part of the WebAssembly interface that is used here, the same in Node and in browsers. */
export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
  /** Grows by pages of 64 KiB; throws a RangeError when it cannot. */
  grow(pages: number): number;
}

/** A compiled module. */
export type WebAssemblyModule = object;

interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => WebAssemblyModule;
  readonly Instance: new (
    module: WebAssemblyModule,
    imports: { readonly env: { readonly memory: WebAssemblyMemory } },
  ) => { readonly exports: object };
  readonly Memory: new (limits: { readonly initial: number; readonly maximum: number }) => WebAssemblyMemory;
  validate(bytes: Uint8Array): boolean;
}

/** `WebAssembly` of the host, undefined where there is none. */
export function webAssembly(): WebAssemblyInterface | undefined {
  return (globalThis as { readonly WebAssembly?: WebAssemblyInterface }).WebAssembly;
}

/** @throws ConfigError where there is none */
export function requireWebAssembly(): WebAssemblyInterface {
  const host = webAssembly();
  if (host === undefined) throw new ConfigError('CONFIG_INVALID', 'Expected a host with WebAssembly, got none');
  return host;
}

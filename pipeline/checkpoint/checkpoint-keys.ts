/** One of the two places of a stream's snapshots; they are written in turn, so that one is whole while the other is written. */
export type Slot = 0 | 1;

/** What a record of the two topics is about, by its key. */
export type CheckpointKey =
  | { readonly kind: 'partition' }
  | { readonly kind: 'stream'; readonly streamId: string }
  | { readonly kind: 'anchor'; readonly streamId: string }
  | { readonly kind: 'manifest'; readonly streamId: string; readonly slot: Slot }
  | { readonly kind: 'chunk'; readonly streamId: string; readonly slot: Slot; readonly index: number };

/** Chunks of a snapshot at most. */
export const MAX_CHUNKS = 1_000_000;

const MANIFEST = /^m\|(.*)\|([01])$/s;
const CHUNK = /^c\|(.*)\|([01])\|(0|[1-9]\d{0,5})$/s;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `p`, `s|STREAM`, `a|STREAM`, `m|STREAM|SLOT` or `c|STREAM|SLOT|INDEX`. A stream id may hold any character. */
export function keyText(key: CheckpointKey): string {
  switch (key.kind) {
    case 'partition':
      return 'p';
    case 'stream':
      return `s|${key.streamId}`;
    case 'anchor':
      return `a|${key.streamId}`;
    case 'manifest':
      return `m|${key.streamId}|${key.slot}`;
    case 'chunk':
      return `c|${key.streamId}|${key.slot}|${key.index}`;
    default:
      return key satisfies never;
  }
}

/** Reads {@link keyText} back; `undefined` for any other key. */
export function parseKey(bytes: Uint8Array | null): CheckpointKey | undefined {
  const text = bytes === null ? undefined : textOf(bytes);
  if (text === undefined) return undefined;
  if (text === 'p') return { kind: 'partition' };
  if (text.startsWith('s|')) return { kind: 'stream', streamId: text.slice(2) };
  if (text.startsWith('a|')) return { kind: 'anchor', streamId: text.slice(2) };
  const [, manifestOf, manifestSlot] = MANIFEST.exec(text) ?? [];
  if (manifestOf !== undefined) return { kind: 'manifest', streamId: manifestOf, slot: Number(manifestSlot) as Slot };
  const [, streamId, slot, index] = CHUNK.exec(text) ?? [];
  if (streamId === undefined) return undefined;
  return { kind: 'chunk', streamId, slot: Number(slot) as Slot, index: Number(index) };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

import { isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from '../../core/index.ts';
import { type PipelineConfig, pipelineSchema } from './schema.ts';

/** One fault of a pipeline file. Line and column count from 1. */
export interface ConfigFault {
  readonly line: number;
  readonly column: number;
  /** Where in the document, as `source.kafka.topic`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** What {@link parsePipeline} found: a configuration, or every fault at once. */
export type ParsedPipeline = { readonly config: PipelineConfig } | { readonly faults: readonly ConfigFault[] };

/** Longest pipeline file that is read, in characters. */
export const MAX_PIPELINE_CHARACTERS = 1_000_000;

/** Reads and checks the text of a pipeline file (YAML 1.2). Faults are values, never thrown. */
export function parsePipeline(text: string): ParsedPipeline {
  if (text.length > MAX_PIPELINE_CHARACTERS) {
    return {
      faults: [
        {
          line: 1,
          column: 1,
          path: '',
          message: `Expected at most ${MAX_PIPELINE_CHARACTERS} characters, got ${text.length}`,
        },
      ],
    };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    return { faults: document.errors.map((error) => ({ ...at(error.pos[0]), path: '', message: error.message })) };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return {
      faults: [{ line: 1, column: 1, path: '', message: error instanceof Error ? error.message : String(error) }],
    };
  }
  const result = pipelineSchema.safeParse(value);
  if (result.success) return { config: result.data };
  return {
    faults: result.error.issues.flatMap(narrow).map((issue) => {
      const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
      const path = unknown === undefined ? issue.path : [...issue.path, unknown];
      return {
        ...at(offsetOf(document.contents, path)),
        path: path.join('.'),
        message: sentence(issue.message, unknown),
      };
    }),
  };
}

/**
 * As {@link parsePipeline}, but throws.
 * @throws ConfigError `CONFIG_INVALID`, with every fault on a line of its own
 */
export function requirePipeline(text: string, fileName: string): PipelineConfig {
  const parsed = parsePipeline(text);
  if ('config' in parsed) return parsed.config;
  throw new ConfigError('CONFIG_INVALID', parsed.faults.map((fault) => formatFault(fault, fileName)).join('\n'));
}

/** A fault as one line: `file:line:column: path: message`. */
export function formatFault(fault: ConfigFault, fileName: string): string {
  return `${fileName}:${fault.line}:${fault.column}: ${fault.path === '' ? '' : `\`${fault.path}\`: `}${fault.message}`;
}

function sentence(message: string, unknownKey: string | undefined): string {
  return unknownKey === undefined
    ? message.replace(/^Invalid (?:input|option): expected/, 'Expected')
    : 'Expected a known field, this one is not';
}

type Issue = z.core.$ZodIssue;

/** The issues of the alternative that the value was most likely meant as, instead of one issue that says only "none fits". */
function narrow(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const ranked = issue.errors.map((issues) => ({
    issues,
    wrongKind: issues.reduce((sum, inner) => sum + wrongKinds(inner), 0),
  }));
  const best = ranked.reduce((least, other) =>
    other.wrongKind < least.wrongKind ||
    (other.wrongKind === least.wrongKind && other.issues.length < least.issues.length)
      ? other
      : least,
  );
  return best.issues.flatMap((inner) => narrow({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** 1 where the value as a whole is no such thing, or the number of fields that such a thing has not. */
function wrongKinds(issue: Issue): number {
  if (issue.path.length > 0) return 0;
  if (issue.code === 'unrecognized_keys') return issue.keys.length;
  return issue.code === 'invalid_type' ? 1 : 0;
}

/** Offset of the deepest node of the document that the path reaches: a key where there is one. */
function offsetOf(root: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step);
      if (pair === undefined) break;
      offset = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = pair.value;
    } else {
      const items =
        node !== null && typeof node === 'object' && 'items' in node ? (node as { items: unknown[] }).items : [];
      node = items[Number(step)];
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    }
  }
  return offset;
}

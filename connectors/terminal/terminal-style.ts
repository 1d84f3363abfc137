/** How text for a terminal is drawn. */
export interface TerminalStyle {
  /** Columns of a line, at least 20. */
  readonly width: number;
  /** Whether ANSI colours are used. */
  readonly color: boolean;
}

/** What is asked of a stream: `process.stdout` has it. */
export interface TerminalLike {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const DEFAULT_WIDTH = 80;
const MIN_WIDTH = 20;
const MAX_WIDTH = 1000;

/**
 * The style for a stream: its own width, 80 where it has none, and colours only on a terminal where `NO_COLOR`
 * is not set to anything (https://no-color.org) and `TERM` is not `dumb`.
 */
export function terminalStyle(
  stream: TerminalLike,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): TerminalStyle {
  const refused = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, stream.columns ?? DEFAULT_WIDTH));
  return { width, color: stream.isTTY === true && !refused };
}

const SEQUENCES = { bold: '\u001b[1m', dim: '\u001b[2m', red: '\u001b[31m', green: '\u001b[32m', yellow: '\u001b[33m' };
const RESET = '\u001b[0m';

/** `text` in a colour where the style has colours, else as it is. */
export function paint(text: string, color: keyof typeof SEQUENCES, style: TerminalStyle): string {
  return style.color ? `${SEQUENCES[color]}${text}${RESET}` : text;
}

/** `text` in at most `width` characters; a longer one ends in an ellipsis. */
export function shorten(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** `text` without control characters, so that a name in a file cannot move the cursor or change colours. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '\ufffd');
}

import { requireInteger } from '../../core/index.ts';

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;
const FULL = '█';
const EMPTY = '░';
const MAX_WIDTH = 1000;

/**
 * A bar of exactly `width` characters, drawn to an eighth of a character.
 * @param fraction share that is done; below 0, above 1 and NaN count as 0, 1 and 0.
 * @throws ConfigError when `width` is not in 1..1000.
 * @example
 * progressBar(0.5, 8) // '████░░░░'
 */
export function progressBar(fraction: number, width: number): string {
  requireInteger('width', width, { min: 1, max: MAX_WIDTH });
  const done = Number.isNaN(fraction) ? 0 : Math.min(1, Math.max(0, fraction));
  const eighths = Math.floor(done * width * 8);
  const bar = FULL.repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
  return bar + EMPTY.repeat(width - Array.from(bar).length);
}

/** What {@link progressLine} tells. */
export interface Progress {
  readonly label: string;
  /** 0..1; `undefined` where the end is not known (a pipe). */
  readonly fraction: number | undefined;
  /** What has been done so far, such as `4032 rows`. */
  readonly detail: string;
}

/**
 * One line of exactly `width` characters or fewer: label, bar, percent and detail. The caller writes it over
 * itself with a carriage return.
 */
export function progressLine({ label, fraction, detail }: Progress, width: number): string {
  if (fraction === undefined) return Array.from(`${label}  ${detail}`).slice(0, width).join('');
  const percent = `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100)}`.padStart(3);
  const text = `${percent}%  ${detail}`;
  const room = width - label.length - text.length - 2;
  const line = room < 4 ? `${label} ${text}` : `${label} ${progressBar(fraction, Math.min(room, 40))} ${text}`;
  return Array.from(line).slice(0, width).join('');
}

/** Figures of a text in the format of Prometheus, by name and the labels named in `by`. Labels that stand on all are left out. */
export function figures(text: string, by: readonly string[] = ['partition', 'code']): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const shown = by.flatMap((label) => new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(labels)?.[1] ?? []);
    if (/(?:^|,)le="/.test(labels)) continue;
    found.set([name, ...shown].join(' '), Number(value));
  }
  return found;
}

type Attributes = Readonly<Record<string, string | number>>;

/** An SVG element as text: numbers get two decimals at most, attribute values are escaped, `content` is elements. */
export function element(name: string, attributes: Attributes, content: readonly string[] = []): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`);
  return content.length === 0
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${content.join('')}</${name}>`;
}

/** An element that holds text: `text` or `title`. */
export function textElement(name: 'text' | 'title', text: string, attributes: Attributes = {}): string {
  return element(name, attributes, [escapeText(text)]);
}

/** The `points` of a polyline. */
export function pointList(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y]) => `${rounded(x)},${rounded(y)}`).join(' ');
}

function attribute(value: string | number): string {
  return typeof value === 'number' ? String(rounded(value)) : escapeText(value).replaceAll('"', '&quot;');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What ECMA-262 defines to the last bit; the other functions of `Math` may be approximated, each engine in its own way. */
const EXACT = new Set([
  ...['abs', 'ceil', 'clz32', 'floor', 'fround', 'imul', 'max', 'min', 'round', 'sign', 'sqrt', 'trunc'],
  ...['E', 'LN2', 'LN10', 'LOG2E', 'LOG10E', 'PI', 'SQRT1_2', 'SQRT2'],
]);

/** Uses of functions that are not exact, and of `**` other than between literals, as `line: text`. */
function inexact(name: string, text: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const note = (node: ts.Node): void => {
    found.push(`${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText()}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === 'Math') {
      const { parent } = node;
      if (!ts.isPropertyAccessExpression(parent) || !EXACT.has(parent.name.text)) note(parent);
    }
    if (ts.isBinaryExpression(node) && isPower(node.operatorToken.kind)) {
      if (!isLiteral(node.left) || !isLiteral(node.right)) note(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isPower(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.AsteriskAsteriskToken || kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken;
}

function isLiteral(node: ts.Expression): boolean {
  return ts.isNumericLiteral(node) || (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand));
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.generated.ts'))
    .map((name) => join(folder, name));
}

describe('what reaches the bits of results', () => {
  it.each(['core', 'models', 'operators', 'pipeline'])('in %s uses only functions that are exact', (folder) => {
    const found = sources(folder).flatMap((name) =>
      inexact(name, readFileSync(join(ROOT, name), 'utf8')).map((use) => `${name}:${use}`),
    );
    expect(sources(folder).length).toBeGreaterThan(5);
    expect(found).toEqual([]);
  });

  it('in the kernels uses neither relaxed vectors nor functions of a library', () => {
    const kernels = sources('models/kernels/assembly');
    expect(kernels.length).toBeGreaterThan(5);
    for (const name of kernels) {
      const text = readFileSync(join(ROOT, name), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      expect([name, text.match(/relaxed\w*|\bNativeMathf?\b|\bMathf?\.\w+|\bJSMath\b/g)]).toEqual([name, null]);
    }
  });

  it('is found wherever it is not exact', () => {
    const text = 'const { sin } = Math;\nx = Math.tanh(y) + Math.sqrt(y) + 2 ** 24 + 2 ** -3 + 2 ** n;\nz **= 2;';
    expect(inexact('a.ts', text)).toEqual(['1: { sin } = Math', '2: Math.tanh', '2: 2 ** n', '3: z **= 2']);
  });
});

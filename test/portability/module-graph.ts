import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import ts from 'typescript';

/** What a built module and all that it imports come to. */
export interface ModuleGraph {
  /** Paths of the modules. */
  readonly files: readonly string[];
  /** Names of built-in modules of Node that any of them imports. */
  readonly builtins: readonly string[];
  /** Names of packages that any of them imports. */
  readonly packages: readonly string[];
  /** Uses of names that only Node has, as `path: name`. */
  readonly nodeNames: readonly string[];
}

const NODE_NAMES = new Set(['Buffer', 'process', 'require', '__dirname', '__filename', 'setImmediate']);

/** Follows every import of a built module, into packages too. */
export function moduleGraph(entry: string): ModuleGraph {
  const files = new Set<string>();
  const builtins = new Set<string>();
  const packages = new Set<string>();
  const nodeNames: string[] = [];
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(file, 'utf8');
    for (const name of nodeNamesIn(file, text)) nodeNames.push(`${file}: ${name}`);
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      if (isBuiltin(fileName)) builtins.add(fileName);
      else {
        if (!fileName.startsWith('.')) packages.add(packageName(fileName));
        visit(createRequire(file).resolve(fileName));
      }
    }
  };
  visit(entry);
  return { files: [...files], builtins: [...builtins], packages: [...packages], nodeNames };
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Bare uses of a name: `globalThis.process` is a question, `process` a demand. */
function nodeNamesIn(file: string, text: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && NODE_NAMES.has(node.text) && isUse(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  return !ts.isPropertyAssignment(parent) && !ts.isMethodDeclaration(parent) && !ts.isPropertyDeclaration(parent);
}

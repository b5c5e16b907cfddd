import ts from 'typescript';
import type { ClassDeclaration } from './classes';
import { REPLACED_NAMES, type ReplacedName } from './replaced-names';

/** Migrations are history. The alias of /fulfill and its test spell the old path. */
const KEEPS_OLD_NAMES =
  /\/database\/migrations\/|\/order-action\.controller\.ts$|^test\/e2e\/order-li[a-z]*\.spec\.ts$/;

const ANYWHERE = new Map(REPLACED_NAMES.filter(({ scope }) => scope === 'any').map(byName));
const DECLARED = new Map(REPLACED_NAMES.map(byName));

function byName(name: ReplacedName): [string, ReplacedName] {
  return [name.was, name];
}

/** Whether a node gives a name to a function, a type or a constant of ours. */
const isDeclaration = (node: ts.Node): node is ts.NamedDeclaration =>
  ts.isFunctionDeclaration(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isClassDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  (ts.isVariableDeclaration(node) &&
    node.initializer !== undefined &&
    (ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer)));

const replacedName = (node: ts.Node): ReplacedName | undefined => {
  if (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) return ANYWHERE.get(node.text);
  if (!isDeclaration(node) || !node.name || !ts.isIdentifier(node.name)) return undefined;
  return DECLARED.get(node.name.text);
};

/** Returns what is wrong with one file, and adds its classes to `classes`. */
export const findingsInCode = (
  file: string,
  text: string,
  classes: ClassDeclaration[],
): string[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const findings: string[] = [];
  const report = (node: ts.Node, finding: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    findings.push(`${file}:${line + 1}: ${finding}`);
  };
  const visit = (node: ts.Node): void => {
    const replaced = KEEPS_OLD_NAMES.test(file) ? undefined : replacedName(node);
    if (replaced) report(node, `${replaced.was} was replaced; use ${replaced.use}`);
    if (ts.isClassDeclaration(node) && node.name) classes.push({ name: node.name.text, file });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
};

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { atMost, measured, zero } from './figures';
import { explainRows, meaningOf } from './row-meanings';
import { verdictOf } from './verdict';

const ROOT = join(__dirname, '../..');
const FOLDERS = ['test/chaos', 'test/resilience', 'bench'];
const FACTORIES = ['atMost', 'atLeast', 'zero', 'measured', 'measuredRatio', 'unitsFigure'];

/** Returns a text with a sample for each of its parts that are known only at runtime. */
const sampleOf = (node: ts.Node): string | undefined => {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => `7${literal.text}`)].join('');
};

/** Returns the name of every figure that the code makes, as far as the code has it as text. */
const namesIn = (file: string): string[] => {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022);
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const [name] = node.arguments;
      const text = FACTORIES.includes(node.expression.text) && name && sampleOf(name);
      if (text) names.push(text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
};

it('explains every row of chaos, resilience and bench', () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => join(ROOT, folder, name)),
  );
  const names = files.flatMap(namesIn);
  expect(names.length).toBeGreaterThan(80);
  expect(names.filter((name) => meaningOf(name) === undefined)).toEqual([]);
});

it('explains rows of one meaning together', () => {
  const rows = [zero('lost', 0), measured('orders placed', '7'), measured('p99 before it', '1 ms')];
  expect(explainRows([...rows, measured('p99 while it lasts', '2 ms')])).toBe(
    [
      '- lost: an acknowledged order is missing, or was cancelled without a request.',
      '- orders placed: how many orders the figures are based on.',
      '- p99 before it; p99 while it lasts: 99 of 100 orders got their response within this time.',
    ].join('\n'),
  );
});

const slow = atMost('slowest order', 3_000, 1_000, 'ms');

it('ends with PASS if every goal is met', () => {
  const figures = [zero('lost', 0), measured('orders placed', '7')];
  expect(verdictOf([{ scenario: 'frozen', figures }])).toBe('PASS: 1 goal met.');
  expect(verdictOf([{ scenario: 'plans', figures: [measured('a', '1')] }])).toBe(
    'PASS: measured without goals.',
  );
});

it('ends with FAIL, after each missed goal with its scenario, value and meaning', () => {
  const scenarios = [
    { scenario: 'frozen', figures: [zero('lost', 0), slow] },
    { scenario: 'drain', figures: [zero('not CONFIRMED', 2)] },
  ];
  expect(verdictOf(scenarios).split('\n')).toEqual([
    'MISSED  frozen: slowest order: 3,000 ms, goal ≤ 1,000 ms (the longest time until a response)',
    'MISSED  drain: not CONFIRMED: 2, goal 0 (orders of the backlog that did not become CONFIRMED)',
    'FAIL: 2 of 3 goals missed.',
  ]);
});

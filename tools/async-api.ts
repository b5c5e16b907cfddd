/**
 * `npm run asyncapi`: writes the examples of docs/asyncapi.yaml. A test runs both services with a broker in
 * memory and takes one message of each kind; without this command it fails if the document has other ones.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isScalar, parseDocument, visit } from 'yaml';
import { print, projectRoot, runTool } from './tool';

export const ASYNC_API_FILE = join(projectRoot, 'docs/asyncapi.yaml');

/** The environment variable by which the test knows where to write the messages. */
export const EXAMPLES_VARIABLE = 'QUICKBITE_ASYNC_API_EXAMPLES';

const TEST = 'test/db/async-api.db.spec.ts';
const TIME = /^\d{4}-\d\d-\d\dT/;

const runNode = (script: string, args: readonly string[], env: NodeJS.ProcessEnv): void => {
  const path = join(projectRoot, 'node_modules', script);
  execFileSync(process.execPath, [path, ...args], { cwd: projectRoot, env, stdio: 'inherit' });
};

/** Runs the test. Returns the messages by their names. */
const produceExamples = (): Record<string, object> => {
  const folder = mkdtempSync(join(tmpdir(), 'quickbite-asyncapi-'));
  const file = join(folder, 'examples.json');
  try {
    runNode('jest/bin/jest.js', [TEST], { ...process.env, [EXAMPLES_VARIABLE]: file });
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, object>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Returns the text of the document with these examples. */
const withExamples = (text: string, examples: Record<string, object>): string => {
  const document = parseDocument(text);
  const { messages } = (
    document.toJS() as { components: { messages: Record<string, { name: string }> } }
  ).components;
  for (const [key, { name }] of Object.entries(messages)) {
    const example = { name, ...examples[name] };
    const node = document.createNode([example]);
    // Without quotes, some parsers of YAML read a time as a date.
    visit(node, (_, each) => {
      if (isScalar(each) && TIME.test(String(each.value))) each.type = 'QUOTE_SINGLE';
    });
    document.setIn(['components', 'messages', key, 'examples'], node);
  }
  return document.toString({ lineWidth: 0 });
};

const main = (): Promise<void> => {
  const examples = produceExamples();
  const text = readFileSync(ASYNC_API_FILE, 'utf8');
  writeFileSync(ASYNC_API_FILE, withExamples(text, examples));
  runNode('prettier/bin/prettier.cjs', ['--write', ASYNC_API_FILE], process.env);
  print(`Wrote ${ASYNC_API_FILE}`);
  return Promise.resolve();
};

if (require.main === module) runTool(main);

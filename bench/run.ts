/**
 * `npm run bench [-- --node VERSION[,VERSION…]] [NAME…]`: measures both services against baselines on the
 * same Node, Nest and Postgres, and each figure against its goal. Everything runs on the Node that the
 * images ship, which is installed from npm on first use. `--node 24,20` measures on both, one after the
 * other, and prints the figures beside each other. The goals are those of the images' Node.
 *
 * Explains each row, and ends with PASS or FAIL. Exit code 1: a goal was missed, an answer was wrong or the databases have differences. 2: it could not
 * measure. The diagnostic scenarios `profile`, `checks` and `plans` have no goals and run only when they
 * are named.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { progress, runAndExit } from '../test/harness/command';
import { type ScenarioFigures, verdictOf } from '../test/harness/verdict';
import { IMAGE_NODE, nodeBinary } from '../tools/node-binary';
import { ToolError } from '../tools/tool';
import { besideTable } from './beside';

const COULD_NOT_MEASURE = 2;

const main = async (): Promise<void> => {
  const { node, names } = readArguments();
  const results = new Map<string, ScenarioFigures[]>();
  let worst = 0;
  for (const version of node) {
    const binary = await nodeBinary(version, progress());
    const figures: ScenarioFigures[] = [];
    results.set(version, figures);
    const code = await measure(binary, names, (each) => figures.push(each));
    // The goals are those of the images' Node.
    if (version === IMAGE_NODE || code === COULD_NOT_MEASURE) worst = Math.max(worst, code);
    if (code === COULD_NOT_MEASURE) break;
  }
  if (node.length > 1) console.log(`\n### Beside each other\n\n${besideTable(results)}`);
  const ofImages = results.get(IMAGE_NODE) ?? [];
  if (worst !== COULD_NOT_MEASURE) console.log(`\n${verdictOf(ofImages)}`);
  process.exitCode = worst;
};

const readArguments = (): { node: readonly string[]; names: readonly string[] } => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { node: { type: 'string', default: IMAGE_NODE } },
  });
  const node = [...new Set(values.node.split(','))];
  const wrong = node.find((version) => !/^\d{2}$/.test(version));
  if (wrong === undefined) return { node, names: positionals };
  throw new ToolError(`--node must list major versions, such as 24,20, not ${wrong}`);
};

/** Runs measure.ts to its end. Returns its exit code. */
const measure = async (
  binary: string,
  names: readonly string[],
  report: (figures: ScenarioFigures) => void,
): Promise<number> => {
  const child = spawn(binary, ['--import', 'tsx', join(__dirname, 'measure.ts'), ...names], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  child.on('message', (message) => report(message as ScenarioFigures));
  // The terminal sends SIGINT to both, and the child cleans up.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? COULD_NOT_MEASURE;
};

runAndExit(main);

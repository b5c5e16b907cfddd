/**
 * `npm run test:mutants [words]`: breaks the code on purpose, one guard at a time, in a copy, and says
 * which tests notice. Exit code 1 where none does; 2 where it could not tell, since the tests are red
 * without a mutant, or did not run. With words, only the mutants whose description has them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutant';
import { MUTANTS } from './mutants';

const ROOT = join(__dirname, '../..');
/** An e2e run builds both services first. */
const TIMEOUT_MS = { unit: 120_000, db: 120_000, e2e: 300_000, slow: 300_000, long: 600_000 };
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

type TestRun = Pick<Mutant, 'project' | 'tests' | 'hangs'>;

/** What git knows of, with what has not been committed yet. */
const copyTo = (folder: string): void => {
  const listing = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const files = execFileSync('git', listing, { cwd: ROOT }).toString().split('\0').filter(Boolean);
  for (const file of files) cpSync(join(ROOT, file), join(folder, file));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
};

const breakIt = (folder: string, { file, edits }: Mutant): (() => void) => {
  const path = join(folder, file);
  const original = readFileSync(path, 'utf8');
  const broken = edits.reduce((text, [find, replacement]) => {
    if (text.split(find).length !== 2) throw new Error(`Not exactly once in ${file}: ${find}`);
    return text.replace(find, () => replacement);
  }, original);
  writeFileSync(path, broken);
  return () => writeFileSync(path, original);
};

/** Returns the names of the tests that failed. Throws if no test ran. */
const failingTests = (folder: string, { project, tests, hangs }: TestRun): string[] => {
  const report = join(folder, 'report.json');
  const isApart = project === 'slow' || project === 'long';
  const config = isApart ? ['--config', `test/${project}/jest.config.js`] : [];
  const args = [...config, '--selectProjects', project, '--testPathPatterns', tests];
  const { error } = spawnSync(
    process.execPath,
    [join(folder, 'node_modules/jest/bin/jest.js'), ...args, '--json', '--outputFile', report],
    { cwd: folder, timeout: TIMEOUT_MS[project], maxBuffer: MAX_OUTPUT_BYTES },
  );
  if (error || !existsSync(report)) {
    rmSync(report, { force: true });
    if (hangs) return ['a test run that did not end'];
    throw new Error(`The tests did not run, or not to their end: ${project}, ${tests}`);
  }
  const { numTotalTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    numTotalTests: number;
    testResults: {
      message: string;
      name: string;
      assertionResults: { status: string; title: string }[];
    }[];
  };
  rmSync(report);
  if (numTotalTests === 0 && testResults.length === 0) {
    throw new Error(`There are no tests: ${project}, ${tests}`);
  }
  return testResults.flatMap(({ assertionResults, message, name }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length > 0) return failed.map(({ title }) => title);
    return message === '' ? [] : [`${name.slice(folder.length + 1)} as a whole`];
  });
};

/** What is red without a mutant would catch every mutant. */
const ensureGreen = (folder: string, mutants: readonly Mutant[]): void => {
  const runs = new Map(mutants.map((mutant) => [`${mutant.project}, ${mutant.tests}`, mutant]));
  for (const [name, { project, tests }] of runs) {
    console.error(`          testing without a mutant: ${name}`);
    const failed = failingTests(folder, { project, tests });
    if (failed.length > 0) throw new Error(`Red without any mutant: ${name}: ${failed.join(', ')}`);
  }
  console.log(`${runs.size} sets of tests are green without a mutant`);
};

const main = (): void => {
  const words = process.argv.slice(2);
  const chosen = MUTANTS.filter(({ what }) => words.every((word) => what.includes(word)));
  if (chosen.length === 0) throw new Error(`No mutant is described by: ${words.join(' ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'quickbite-mutants-'));
  // Postgres does not run as root, and must be able to get in.
  execFileSync('chmod', ['755', folder]);
  let survived = 0;
  try {
    copyTo(folder);
    ensureGreen(folder, chosen);
    for (const mutant of chosen) {
      console.error(`          testing ${mutant.what}`);
      const mend = breakIt(folder, mutant);
      const failed = failingTests(folder, mutant);
      mend();
      survived += Number(failed.length === 0);
      const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
      console.log(`${failed.length > 0 ? 'caught  ' : 'SURVIVED'}  ${mutant.what}`);
      if (failed.length > 0) console.log(`          by "${failed[0]}"${more}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`${chosen.length - survived} caught, ${survived} survived`);
  if (survived > 0) process.exitCode = 1;
};

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}

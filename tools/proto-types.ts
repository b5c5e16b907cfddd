/**
 * `npm run proto:types` generates files from proto/: the TypeScript types and the descriptor set that
 * reflection serves. With `--check` it changes nothing and fails if the files have drifted. Unchanged
 * files are not written, so that watch mode does not restart.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..');
const TYPES = 'libs/contracts/src/generated';
const DESCRIPTORS = 'proto/descriptor-set.binpb';

const buf = (...args: string[]): void => {
  const bin = join(ROOT, 'node_modules/@bufbuild/buf/bin/buf');
  execFileSync(process.execPath, [bin, ...args], { cwd: ROOT, stdio: 'inherit' });
};

const filesUnder = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    : [];

const sameContent = (a: string, b: string): boolean =>
  existsSync(b) && readFileSync(a).equals(readFileSync(b));

const generateInto = (folder: string): void => {
  buf('generate', '--output', folder);
  mkdirSync(join(folder, dirname(DESCRIPTORS)), { recursive: true });
  buf('build', '--output', join(folder, DESCRIPTORS));
};

/** Compares the committed files with the generated ones. Returns the names of those that differ. */
const bringIntoLine = (fresh: string, write: boolean): string[] => {
  const made = [DESCRIPTORS, ...filesUnder(join(fresh, TYPES)).map((file) => join(TYPES, file))];
  const stale = made.filter((file) => !sameContent(join(fresh, file), join(ROOT, file)));
  const left = filesUnder(join(ROOT, TYPES))
    .map((file) => join(TYPES, file))
    .filter((file) => !made.includes(file));
  if (write) {
    for (const file of left) rmSync(join(ROOT, file));
    for (const file of stale) {
      mkdirSync(dirname(join(ROOT, file)), { recursive: true });
      writeFileSync(join(ROOT, file), readFileSync(join(fresh, file)));
    }
  }
  return [...stale, ...left];
};

const check = process.argv.includes('--check');
const fresh = mkdtempSync(join(tmpdir(), 'quickbite-proto-'));
try {
  generateInto(fresh);
  const drifted = bringIntoLine(fresh, !check);
  if (check && drifted.length > 0) {
    console.error(
      `These generated files do not match proto/: ${drifted.join(', ')}. ` +
        'Run `npm run proto:types`, and commit them.',
    );
    process.exitCode = 1;
  } else {
    console.log(
      drifted.length > 0 ? `Generated: ${drifted.join(', ')}` : 'Generated files are up to date.',
    );
  }
} finally {
  rmSync(fresh, { recursive: true });
}

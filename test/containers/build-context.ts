import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a Dockerfile can copy: the files of a clean checkout and new ones that are not ignored by
 * git, less what .dockerignore keeps out. So nothing works that is only on this machine.
 */
export function contextFiles(root: string): string[] {
  const listing = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  const isIgnored = readDockerIgnore(root);
  return listing
    .split('\0')
    .filter((file) => file !== '' && !isIgnored(file) && existsSync(join(root, file)));
}

export const readDockerIgnore = (root: string): ((path: string) => boolean) =>
  parseDockerIgnore(readFileSync(join(root, '.dockerignore'), 'utf8'));

/**
 * Docker's rules, which are not git's: every pattern starts at the top, covers what is below what
 * it names, and the last one that fits decides.
 */
export function parseDockerIgnore(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ ignores: !line.startsWith('!'), fits: toRegExp(line.replace(/^!/, '')) }));
  return (path) => rules.findLast(({ fits }) => fits.test(path))?.ignores ?? false;
}

function toRegExp(pattern: string): RegExp {
  if (/[[\]\\]/.test(pattern)) throw new Error(`.dockerignore: ${pattern} is not understood here`);
  const source = pattern
    .replace(/^\/|\/$/g, '')
    .replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|]/g, (part) => WILDCARDS[part] ?? `\\${part}`);
  return new RegExp(`^${source}(/|$)`);
}

const WILDCARDS: Readonly<Record<string, string>> = {
  '**/': '(.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
};

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Every file that git tracks or would add, as it is in the working tree. */
export const trackedFiles = (): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'])
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(file));

import { relative } from 'node:path';

/** The commands that package.json has a script for. `db migrate` is the script `db:migrate`. */
const NPM_SCRIPTS: readonly string[] = [
  'stock',
  'events',
  'keys',
  'audit',
  'verify',
  'db:migrate',
  'db:revert',
  'db:status',
];

/**
 * Returns how the operator calls a command: by its npm script if npm started this process, otherwise
 * with node. `invocationOf('db', 'migrate', 'orders')` is `npm run db:migrate -- orders`.
 */
export function invocationOf(...words: readonly string[]): string {
  const { npm_lifecycle_event: runningScript = '' } = process.env;
  const scriptWords = words[0] === 'db' ? 2 : 1;
  const script = words.slice(0, scriptWords).join(':');
  if (!NPM_SCRIPTS.includes(runningScript) || !NPM_SCRIPTS.includes(script)) {
    return ['node', relative(process.cwd(), process.argv[1] ?? ''), ...words].join(' ');
  }
  const rest = words.slice(scriptWords);
  return ['npm run', script, ...(rest.length > 0 ? ['--', ...rest] : [])].join(' ');
}

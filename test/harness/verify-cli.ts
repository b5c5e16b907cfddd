import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../tools/tool';

const VERIFY_WITHIN_MS = 25_000;

export interface VerifyResult {
  readonly code: unknown;
  readonly output: string;
  readonly errors: string;
}

/** `npm run verify` from the sources, without npm, which would replace its exit code. */
export const verify = (
  urls: { readonly inventory?: string; readonly orders?: string },
  ...args: string[]
): Promise<VerifyResult> =>
  new Promise((resolve) => {
    const main = join(projectRoot, 'apps/cli/src/main.ts');
    const command = ['--import', 'tsx', main, 'verify', ...args];
    const env = {
      PATH: process.env.PATH,
      npm_lifecycle_event: 'verify',
      INVENTORY_DATABASE_URL: urls.inventory,
      ORDERS_DATABASE_URL: urls.orders,
    };
    const options = { cwd: projectRoot, env, timeout: VERIFY_WITHIN_MS, maxBuffer: 10_000_000 };
    execFile(process.execPath, command, options, (error, output, errors) =>
      resolve({ code: error ? error.code : 0, output, errors }),
    );
  });

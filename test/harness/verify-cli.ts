import { execFile } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const VERIFY_TIMEOUT_MS = 25_000;

export interface Verified {
  readonly code: unknown;
  readonly output: string;
  readonly errors: string;
}

/** Runs `npm run verify` without npm, and returns its exit code and output. */
export const verify = (
  urls: { readonly inventory?: string; readonly orders?: string },
  ...args: string[]
): Promise<Verified> =>
  new Promise((resolve) => {
    const command = ['--import', 'tsx', join(ROOT, 'tools/verify/verify.ts'), ...args];
    const env = {
      PATH: process.env.PATH,
      INVENTORY_DATABASE_URL: urls.inventory,
      ORDERS_DATABASE_URL: urls.orders,
    };
    const options = { cwd: ROOT, env, timeout: VERIFY_TIMEOUT_MS, maxBuffer: 10_000_000 };
    execFile(process.execPath, command, options, (error, output, errors) =>
      resolve({ code: error ? error.code : 0, output, errors }),
    );
  });

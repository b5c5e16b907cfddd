/**
 * `npm run test:schemathesis -- [--cases N]`: sends N generated requests or more to Orders, valid and invalid
 * ones, with the token of an administrator and without one, and compares each response with the OpenAPI document. Needs schemathesis, a program in Python:
 * SCHEMATHESIS_PATH names it if it is not on the PATH. Exit code 1: schemathesis reports a failure. 2: it could not run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../../tools/build';
import { ToolError } from '../../tools/tool';
import { runAndExit } from '../harness/command';
import { IdentityProvider } from '../harness/identity-provider';
import { withPostgres } from '../harness/postgres';
import { startCluster } from '../harness/start-cluster';

const CONFIG = join(__dirname, 'schemathesis.toml');
const DEFAULT_CASES = '1000';
const MAX_CASES = 1_000_000;

/** Operations that are not streams, of which schemathesis makes a given number of cases each. */
const OPERATIONS = 27;
const REQUEST_TIMEOUT_SECONDS = 30;
/** Longer than any run. */
const TOKEN_SECONDS = 86_400;

const readCases = (): number => {
  const { cases } = parseArgs({
    options: { cases: { type: 'string', default: DEFAULT_CASES } },
  }).values;
  const number = Number(cases);
  if (/^\d+$/.test(cases) && number >= 1 && number <= MAX_CASES) return number;
  throw new ToolError(`--cases must be a whole number from 1 to ${MAX_CASES}.`);
};

/** Returns the exit code of schemathesis: 0 without failures. */
const testApi = async (url: string, token: string, cases: number): Promise<number> => {
  const args = [
    ...['--config-file', CONFIG, 'run', `${url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${token}`],
    ...['--phases', 'examples,coverage,fuzzing', '--workers', '1'],
    ...['--max-examples', String(Math.ceil(cases / OPERATIONS))],
    ...['--request-timeout', String(REQUEST_TIMEOUT_SECONDS), '--suppress-health-check', 'all'],
  ];
  const program = process.env.SCHEMATHESIS_PATH ?? 'schemathesis';
  // It keeps files in its working directory.
  const folder = mkdtempSync(join(tmpdir(), 'quickbite-schemathesis-'));
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 1;
  } catch (cause) {
    throw new ToolError(`${program} could not be started: ${String(cause)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const main = async (): Promise<void> => {
  const cases = readCases();
  await ensureBuilt({ log: console.log });
  const code = await withPostgres(async () => {
    const provider = await IdentityProvider.start();
    const stock = { INVENTORY_SEED_STOCK: 'burger=1000000,pizza=1000000' };
    const cluster = await startCluster({ ...stock, ...provider.settings });
    const exp = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
    try {
      return await testApi(
        cluster.orders.url,
        provider.token('root', 'admin', { claims: { exp } }),
        cases,
      );
    } finally {
      await cluster.stop();
      await provider.stop();
    }
  });
  console.log(code === 0 ? 'PASS' : 'FAIL: schemathesis reports the failures above.');
  process.exitCode = code === 0 ? 0 : 1;
};

runAndExit(main);

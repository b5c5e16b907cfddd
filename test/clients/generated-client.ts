import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../tools/build';
import { run } from '../../tools/processes';
import { ToolError } from '../../tools/tool';
import { withPostgres } from '../harness/postgres';
import { startCluster } from '../harness/start-cluster';

/** Runs a command in a folder. Returns what it prints; throws if it fails. */
export const runIn = async (
  cwd: string,
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> => {
  const { code, output } = await run(program, args, { cwd, env: { ...process.env, ...env } });
  if (code !== 0) throw new ToolError(`${program} ${args.join(' ')} failed:\n${output}`);
  return output;
};

/** Places an order at this URL and reads a typed problem. Returns what it prints. */
type Program = (url: string) => Promise<string>;

const EXPECTED = 'CONFIRMED; INSUFFICIENT_STOCK of burger';

/**
 * Tests a generated client. `build` generates it in a temporary folder, and returns a program that uses it.
 * The program then runs against both services, which have 5 units of `burger`.
 */
export const testGeneratedClient = async (
  language: string,
  build: (folder: string) => Promise<Program>,
): Promise<void> => {
  await ensureBuilt({ log: console.log });
  const folder = mkdtempSync(join(tmpdir(), `quickbite-${language}-client-`));
  try {
    const program = await build(folder);
    await withPostgres(async () => {
      const cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=5' });
      try {
        const output = (await program(cluster.orders.url)).trim();
        if (output !== EXPECTED) throw new ToolError(`Not "${EXPECTED}":\n${output}`);
        console.log(output);
      } finally {
        await cluster.stop();
      }
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  console.log('PASS');
};

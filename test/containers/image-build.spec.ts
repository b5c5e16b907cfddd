import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { asRole, INVENTORY_ROLE, ORDERS_ROLE } from '../../tools/launch-settings';
import { findFreePort } from '../../tools/ports';
import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { eventually } from '../harness/wait';
import {
  type App,
  buildContext,
  composeServices,
  dockerfileStages,
  environmentOf,
  type Instruction,
  ROOT,
} from './container-files';

/**
 * Executes the COPY and RUN steps of the Dockerfiles without Docker, in a folder per stage, and starts
 * the result from there. It needs the npm registry and takes about three minutes.
 */
jest.setTimeout(600_000);
const READY_WITHIN_MS = 60_000;
const execute = promisify(execFile);

/** Excludes what npm and Jest set, which would make a RUN use this checkout, and the password of Postgres. */
const buildEnvironment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(?!config_registry)|NODE_ENV$|TEST_POSTGRES_URL$)/.test(name),
    ),
  ),
  PATH: (process.env.PATH ?? '').replace(/[^:]*node_modules[^:]*:/g, ''),
};

type Service = Exclude<App, 'cli'>;

let scratch: string;
let database: TestDatabase;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'quickbite-image-'));
  database = await emptyDatabase();
});

afterEach(async () => {
  await database.drop();
  await rm(scratch, { recursive: true, force: true });
});

/** Executes a COPY from the build context. Of a folder, Docker copies only the contents. */
const copyFromContext = async (sources: readonly string[], target: string): Promise<void> => {
  for (const file of buildContext()) {
    const source = sources.find((path) => file === path || file.startsWith(`${path}/`));
    if (source === undefined) continue;
    const name = file === source ? basename(file) : file.slice(source.length);
    await cp(join(ROOT, file), join(target, name));
  }
};

const copy = async ({ words, from }: Instruction, root: string): Promise<void> => {
  const target = join(root, 'app', words.at(-1) ?? '');
  if (from === undefined) return copyFromContext(words.slice(0, -1), target);
  // Moves the folder, which is faster: each folder of a stage is copied once.
  await mkdir(dirname(target), { recursive: true });
  await rename(join(scratch, from, words[0] ?? ''), target);
};

/** Returns the folder that stands for the root of the image. */
const buildImage = async (app: App): Promise<string> => {
  let root = '';
  for (const { name = 'image', base, instructions } of dockerfileStages(app)) {
    root = join(scratch, name);
    const inherited = join(scratch, base);
    if (existsSync(inherited)) await cp(inherited, root, { recursive: true });
    await mkdir(join(root, 'app'), { recursive: true });
    for (const instruction of instructions) {
      if (instruction.keyword === 'COPY') await copy(instruction, root);
      if (instruction.keyword !== 'RUN') continue;
      const options = { cwd: join(root, 'app'), env: buildEnvironment };
      await execute('/bin/sh', ['-c', instruction.text], options);
    }
  }
  return root;
};

const settingsOf = async (app: Service): Promise<Record<string, string>> => {
  const port = String(await findFreePort());
  if (app === 'inventory') {
    return {
      INVENTORY_GRPC_HOST: '127.0.0.1',
      INVENTORY_GRPC_PORT: port,
      INVENTORY_DATABASE_URL: asRole(database.ownerUrl, INVENTORY_ROLE),
      INVENTORY_OWNER_DATABASE_URL: database.ownerUrl,
    };
  }
  return {
    ORDERS_HTTP_HOST: '127.0.0.1',
    ORDERS_HTTP_PORT: port,
    ORDERS_DATABASE_URL: asRole(database.ownerUrl, ORDERS_ROLE),
    ORDERS_OWNER_DATABASE_URL: database.ownerUrl,
    // Inventory does not run: Orders has to become ready without it.
    ORDERS_INVENTORY_ADDRESS: `127.0.0.1:${await findFreePort()}`,
  };
};

it.each<Service>(['inventory', 'orders'])('%s runs from its image', async (app) => {
  const root = await buildImage(app);
  expect(existsSync(join(root, 'app/node_modules/typescript'))).toBe(false);

  const stage = dockerfileStages(app).at(-1);
  const command = stage?.instructions.find(({ keyword }) => keyword === 'CMD')?.text ?? '[]';
  const env = { ...(stage && environmentOf(stage)), ...(await settingsOf(app)) };
  const options = { cwd: join(root, 'app'), env };
  const [, node, ...healthCheck] = composeServices()[app]?.healthcheck?.test ?? [];
  expect(node).toBe('/nodejs/bin/node');
  const isHealthy = () =>
    execute(process.execPath, healthCheck, options).then(
      () => true,
      () => false,
    );

  // The service ends when this process does, since the IPC channel closes then.
  const service: ChildProcess = spawn(process.execPath, JSON.parse(command) as string[], {
    ...options,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(service, 'exit');
  try {
    const probe = () => {
      if (service.exitCode !== null) throw new Error(`${app} exited with ${service.exitCode}`);
      return isHealthy();
    };
    await eventually(`${app} is healthy`, probe, READY_WITHIN_MS);
  } finally {
    service.kill('SIGTERM');
  }
  expect(await exited).toEqual([0, null]);
  expect(await isHealthy()).toBe(false);
});

it('the cli migrates and verifies a database from its image', async () => {
  const root = await buildImage('cli');
  expect(existsSync(join(root, 'app/node_modules/typescript'))).toBe(false);
  const stage = dockerfileStages('cli').at(-1);
  const entrypoint = stage?.instructions.find(({ keyword }) => keyword === 'ENTRYPOINT')?.text;
  const [node, ...args] = JSON.parse(entrypoint ?? '[]') as string[];
  expect(node).toBe('/nodejs/bin/node');
  const env = { ...(stage && environmentOf(stage)), ORDERS_DATABASE_URL: database.ownerUrl };
  const cli = (...command: string[]) =>
    execute(process.execPath, [...args, ...command], { cwd: join(root, 'app'), env });
  expect((await cli('db', 'migrate', 'orders')).stdout).toContain('applied ');
  expect((await cli('verify', '--orders')).stdout).toMatch(/\nPASS: no differences\.\n$/);
});

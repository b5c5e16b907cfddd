import { existsSync, readFileSync } from 'node:fs';
import { chmod, lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startPostgres } from '../../tools/embedded-postgres';
import { asRole, INVENTORY_ROLE } from '../../tools/launch-settings';
import { findFreePort } from '../../tools/ports';
import { removeHome } from '../../tools/postgres-home';
import { isGrpcServing, isHttpOk } from '../../tools/readiness';
import { listenForStop } from '../../tools/stop-signal';
import { print, projectRoot, runTool, ToolError } from '../../tools/tool';
import { contextFiles } from './build-context';
import { readComposeFile } from './compose-file';
import { Container } from './container';
import { configOf, finalStage, readDockerfile } from './dockerfile';
import { ImageBuilder } from './image-builder';

/**
 * Proves without Docker that the Dockerfiles build and that what they build runs:
 * `npx tsx test/containers/replay.ts [app...]`. Each step is done in an empty folder; then the
 * service starts from there, with a real Postgres and an otherwise empty environment.
 */
const APPS = ['inventory', 'orders'] as const;
type App = (typeof APPS)[number];

interface Launch {
  readonly env: Readonly<Record<string, string>>;
  isReady(): Promise<boolean>;
}

const LAUNCH: Readonly<Record<App, (databaseUrl: string) => Promise<Launch>>> = {
  async inventory(databaseUrl) {
    const port = await findFreePort();
    return {
      env: {
        INVENTORY_DATABASE_URL: asRole(databaseUrl, INVENTORY_ROLE),
        INVENTORY_OWNER_DATABASE_URL: databaseUrl,
        INVENTORY_GRPC_PORT: String(port),
      },
      isReady: () => isGrpcServing(`127.0.0.1:${port}`),
    };
  },
  async orders(databaseUrl) {
    const port = await findFreePort();
    return {
      env: {
        ORDERS_DATABASE_URL: databaseUrl,
        ORDERS_HTTP_PORT: String(port),
        // Nobody listens there: Orders must come up without Inventory.
        ORDERS_INVENTORY_ADDRESS: `127.0.0.1:${await findFreePort()}`,
      },
      isReady: () => isHttpOk(`http://127.0.0.1:${port}/health/ready`),
    };
  },
};

async function main(): Promise<void> {
  const apps = appsToReplay(process.argv.slice(2));
  const { asked: signal } = listenForStop();
  // Docker's own, whatever it is here: it decides who may read what a RUN makes.
  process.umask(0o022);
  const scratch = await mkdtemp(join(tmpdir(), 'quickbite-replay-'));
  await chmod(scratch, 0o755);
  const data = `${scratch}-postgres`;
  const builder = new ImageBuilder({
    root: projectRoot,
    contextFiles: contextFiles(projectRoot),
    scratch,
    log: print,
    signal,
  });
  let postgres: EmbeddedPostgres | undefined;
  try {
    postgres = await startPostgres({ directory: data, port: await findFreePort() });
    for (const app of apps) await replay(app, builder, postgres, signal);
  } catch (error) {
    if (signal.aborted) throw new ToolError('Stopped.');
    throw error;
  } finally {
    await postgres?.stop('immediate');
    await removeHome(data);
    await rm(scratch, { recursive: true, force: true });
  }
}

function appsToReplay(names: readonly string[]): readonly App[] {
  const unknown = names.find((name) => !(APPS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new ToolError(`There is no ${unknown}, only ${APPS.join(', ')}`);
  return names.length === 0 ? APPS : APPS.filter((app) => names.includes(app));
}

async function replay(
  app: App,
  builder: ImageBuilder,
  postgres: EmbeddedPostgres,
  signal: AbortSignal,
): Promise<void> {
  const dockerfile = `apps/${app}/Dockerfile`;
  print(dockerfile);
  try {
    const stage = finalStage(readDockerfile(join(projectRoot, dockerfile)));
    const folder = await builder.build(stage);
    const config = configOf(stage);
    assertNoDevDependencies(join(folder, config.workdir));
    print(`  ${megabytes(await bytesBelow(folder))} on top of the base image, no dev dependency`);
    await postgres.createDatabase(app);
    const launch = await LAUNCH[app](postgres.url(app));
    await assertRuns(app, new Container({ folder, config, env: launch.env }), launch, signal);
  } catch (error) {
    throw new ToolError(`${dockerfile}: ${(error as Error).message}`, { cause: error });
  }
}

async function assertRuns(
  app: App,
  container: Container,
  launch: Launch,
  signal: AbortSignal,
): Promise<void> {
  const healthTest = readComposeFile(projectRoot).services[app]?.healthcheck?.test ?? [];
  try {
    const startedAt = Date.now();
    await container.untilReady(() => launch.isReady(), signal);
    print(`  ready after ${Date.now() - startedAt} ms`);
    if (!(await container.isHealthy(healthTest))) {
      throw new Error("it is ready, but docker-compose.yml's health check says that it is not");
    }
    const ending = await container.stop();
    if (ending !== 'exit code 0') throw new Error(`told to stop, it ended with ${ending}`);
    if (await container.isHealthy(healthTest)) {
      throw new Error("it has ended, but docker-compose.yml's health check says that it is well");
    }
    print('  healthy while it ran, and ended with exit code 0');
  } finally {
    container.kill();
  }
}

/** By the lock file's word, since some of what we develop with is also needed by what we ship. */
function assertNoDevDependencies(workdir: string): void {
  const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const dev = Object.keys(lock.packages).filter((path) => lock.packages[path]?.dev);
  for (const known of ['typescript', 'jest', '@nestjs/cli'].map((name) => `node_modules/${name}`)) {
    if (!dev.includes(known)) throw new Error(`the lock file does not call ${known} a dev package`);
  }
  const present = dev.filter((path) => existsSync(join(workdir, path)));
  if (present.length > 0) throw new Error(`the image has dev dependencies: ${present.join(', ')}`);
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? bytesBelow(path) : (await lstat(path)).size;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

runTool(main);

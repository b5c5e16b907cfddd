import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { inventorySettings } from '../../apps/inventory/src/inventory.config';
import { ordersSettings } from '../../apps/orders/src/orders.config';
import { parseDockerIgnore, readDockerIgnore } from './build-context';
import { type ComposeService, readComposeFile } from './compose-file';
import { configOf, finalStage, parseDockerfile, readDockerfile } from './dockerfile';

const ROOT = join(__dirname, '../..');
const compose = readComposeFile(ROOT);
const services = Object.entries(compose.services);

const inventoryDefaults = inventorySettings.parse({});
const ordersDefaults = ordersSettings.parse({});

const APPS = [
  {
    app: 'inventory',
    settings: inventorySettings,
    port: inventoryDefaults.INVENTORY_GRPC_PORT,
    listensOn: { INVENTORY_GRPC_HOST: '0.0.0.0' },
    databaseUrl: 'INVENTORY_DATABASE_URL',
    ownerUrl: 'INVENTORY_OWNER_DATABASE_URL',
  },
  {
    app: 'orders',
    settings: ordersSettings,
    port: ordersDefaults.ORDERS_HTTP_PORT,
    listensOn: { ORDERS_HTTP_HOST: '0.0.0.0' },
    databaseUrl: 'ORDERS_DATABASE_URL',
    ownerUrl: 'ORDERS_DATABASE_URL',
  },
] as const;

const serviceNamed = (name: string): ComposeService => {
  const service = compose.services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
};

const environmentOf = (name: string): Readonly<Record<string, string>> =>
  serviceNamed(name).environment ?? {};

const seconds = (duration = ''): number => {
  const [, amount] = /^(\d+)s$/.exec(duration) ?? [];
  return Number(amount);
};

describe('docker-compose.yml', () => {
  it('is valid by the schema of the Compose Specification', () => {
    const schema = JSON.parse(readFileSync(join(__dirname, 'compose-spec.json'), 'utf8')) as object;
    const ajv = new Ajv({ allErrors: true, strictTypes: false });
    ajv.validate(schema, compose);
    expect(ajv.errors ?? []).toEqual([]);
  });

  it('runs the two services, each beside a database of its own', () => {
    expect(services.map(([name]) => name).sort()).toEqual([
      'inventory',
      'inventory-db',
      'orders',
      'orders-db',
    ]);
  });

  it.each(APPS)('builds $app from its Dockerfile, with the repository as context', ({ app }) => {
    const { build } = serviceNamed(app);
    expect(build).toEqual({ context: '.', dockerfile: `apps/${app}/Dockerfile` });
    expect(existsSync(join(ROOT, build?.context ?? '', build?.dockerfile ?? ''))).toBe(true);
  });

  it('waits only for services that exist, and for the health of those that can tell it', () => {
    const cannotBeMet = services.flatMap(([name, { depends_on = {} }]) =>
      Object.entries(depends_on)
        .filter(([target, { condition }]) => {
          const { healthcheck } = compose.services[target] ?? {};
          return !compose.services[target] || (condition === 'service_healthy' && !healthcheck);
        })
        .map(([target]) => `${name} waits for ${target}`),
    );
    expect(cannotBeMet).toEqual([]);
  });

  it('starts Orders without waiting until Inventory is well', () => {
    expect(serviceNamed('orders').depends_on).toEqual({
      'orders-db': { condition: 'service_healthy' },
      inventory: { condition: 'service_started' },
    });
  });

  it('checks the health of everything', () => {
    expect(services.filter(([, { healthcheck }]) => !healthcheck)).toEqual([]);
  });

  it('uses the volumes that it declares, and no other', () => {
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((v) => v.split(':')[0]));
    expect(used.sort()).toEqual(Object.keys(compose.volumes ?? {}).sort());
  });

  it.each(APPS)('keeps the data of $app where Postgres 18 writes it', ({ app }) => {
    const { image, volumes } = serviceNamed(`${app}-db`);
    expect(image).toBe('postgres:18-alpine');
    expect(volumes).toEqual([`${app}-data:/var/lib/postgresql`]);
  });

  it.each(APPS)('sets only what $app knows, to values it accepts', ({ app, settings }) => {
    const { error } = settings.strict().safeParse(environmentOf(app));
    expect(error?.issues ?? []).toEqual([]);
  });

  it.each(APPS)('leads $app to its own database', ({ app, databaseUrl, ownerUrl }) => {
    const { POSTGRES_DB = '' } = environmentOf(`${app}-db`);
    for (const setting of [databaseUrl, ownerUrl]) {
      const url = new URL(environmentOf(app)[setting] ?? '');
      expect([url.host, url.pathname]).toEqual([`${app}-db:5432`, `/${POSTGRES_DB}`]);
    }
  });

  it.each(APPS)('lets $app migrate as the owner of its database', ({ app, ownerUrl }) => {
    const url = new URL(environmentOf(app)[ownerUrl] ?? '');
    const { POSTGRES_USER, POSTGRES_PASSWORD } = environmentOf(`${app}-db`);
    expect([url.username, url.password]).toEqual([POSTGRES_USER, POSTGRES_PASSWORD]);
  });

  it('lets Inventory work as a role that owns nothing, with a password of its own', () => {
    const { INVENTORY_DATABASE_URL = '' } = environmentOf('inventory');
    const { POSTGRES_USER, POSTGRES_PASSWORD } = environmentOf('inventory-db');
    const { username, password } = new URL(INVENTORY_DATABASE_URL);
    expect(username).not.toBe(POSTGRES_USER);
    expect(password).not.toBe(POSTGRES_PASSWORD);
  });

  it.each(APPS)('asks the database of $app for the health of what is used', ({ app }) => {
    const { POSTGRES_USER, POSTGRES_DB } = environmentOf(`${app}-db`);
    expect(serviceNamed(`${app}-db`).healthcheck?.test).toEqual(
      expect.arrayContaining([
        `--username=${POSTGRES_USER ?? ''}`,
        `--dbname=${POSTGRES_DB ?? ''}`,
      ]),
    );
  });

  it('tells Orders where Inventory listens', () => {
    expect(environmentOf('orders').ORDERS_INVENTORY_ADDRESS).toBe(
      `inventory:${inventoryDefaults.INVENTORY_GRPC_PORT}`,
    );
  });

  it.each(APPS)('publishes the default port of $app, on this machine only', ({ app, port }) => {
    expect(serviceNamed(app).ports).toEqual([`127.0.0.1:${port}:${port}`]);
  });

  it('publishes no database', () => {
    const open = services.filter(([name, { ports }]) => name.endsWith('-db') && ports);
    expect(open).toEqual([]);
  });

  it.each(APPS)('gives $app longer to stop than it takes at most', ({ app, settings }) => {
    const { SHUTDOWN_TIMEOUT_SECONDS } = settings.parse(environmentOf(app));
    const grace = seconds(serviceNamed(app).stop_grace_period);
    expect(grace).toBeGreaterThan(SHUTDOWN_TIMEOUT_SECONDS);
  });
});

describe.each(APPS)('apps/$app/Dockerfile', ({ app, settings, port, listensOn }) => {
  const stages = readDockerfile(join(ROOT, 'apps', app, 'Dockerfile'));
  const image = finalStage(stages);
  const config = configOf(image);
  const isIgnored = readDockerIgnore(ROOT);

  it('builds and runs on Node 24, with nothing but Node in the image', () => {
    const bases = stages.map(({ base }) => base).filter((base) => typeof base === 'string');
    expect(bases.at(-1)).toMatch(/^gcr\.io\/distroless\/nodejs24-debian\d+:nonroot$/);
    expect(image.base).toBe(bases.at(-1));
    for (const base of bases.slice(0, -1)) expect(base).toMatch(/^node:24-/);
  });

  it('runs as a user that is not root, by number', () => {
    expect(config.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('copies what the build context has', () => {
    const missing = stages
      .flatMap(({ steps }) => steps)
      .flatMap((step) => (step.kind === 'copy' ? step.sources : []))
      .filter((source) => !existsSync(join(ROOT, source)) || isIgnored(source));
    expect(missing).toEqual([]);
  });

  it('copies from other stages what lies in their working folder', () => {
    const outside = stages
      .flatMap(({ steps }) => steps)
      .flatMap((step) => (step.kind === 'copyFrom' ? [step] : []))
      .filter(({ stage, sources }) => {
        const { workdir } = configOf(stage);
        return !sources.every((source) => source.startsWith(`${workdir}/`));
      });
    expect(outside).toEqual([]);
  });

  it('has the proto files beside dist, with what reflection serves', () => {
    const targets = image.steps.flatMap((step) => ('target' in step ? [step.target] : []));
    expect(targets).toEqual(expect.arrayContaining(['./proto', `./dist/apps/${app}`]));
    expect(isIgnored('proto/descriptor-set.binpb')).toBe(false);
  });

  it('sets only what the service knows, and listens to all that can reach the container', () => {
    const { NODE_ENV, ...env } = config.env;
    expect(NODE_ENV).toBe('production');
    expect(env).toEqual(listensOn);
    expect(settings.strict().safeParse(env).error?.issues ?? []).toEqual([]);
  });

  it('exposes the default port', () => {
    expect(config.ports).toEqual([String(port)]);
  });

  it('starts the bundle, and stops it with the signal that it listens for', () => {
    expect(config.workdir).toBe('/app');
    expect(config.args).toEqual(['--enable-source-maps', `dist/apps/${app}/main.js`]);
    expect(config.stopSignal).toBe('SIGTERM');
  });
});

describe('.dockerignore', () => {
  const isIgnored = readDockerIgnore(ROOT);

  it.each([
    'node_modules/x.js',
    'apps/orders/node_modules/x.js',
    'dist/apps/orders/main.js',
    '.git/config',
    '.quickbite/postgres/PG_VERSION',
    '.env',
    'apps/orders/.env.local',
    'coverage/index.html',
    'tsconfig.tsbuildinfo',
    'test/e2e/place-order.spec.ts',
    'libs/config/src/config.spec.ts',
  ])('keeps out %s', (path) => {
    expect(isIgnored(path)).toBe(true);
  });

  it('is read by Docker’s rules: from the top, with what is below, the last rule decides', () => {
    const ignores = parseDockerIgnore('# why\n/a\n**/b\n*.md\nc/**\n!c/keep\n');
    const ignored = ['a', 'a/x', 'z/a', 'b', 'z/b/x', 'x.md', 'z/x.md', 'c/x', 'c/keep', 'ab'];
    expect(ignored.filter(ignores)).toEqual(['a', 'a/x', 'b', 'z/b/x', 'x.md', 'c/x']);
  });
});

describe('reading a Dockerfile', () => {
  it.each([
    ['an instruction that is not known', 'FROM a\nADD x y', 'Dockerfile:2: ADD is not known'],
    ['a flag', 'FROM a\nCOPY --chown=1 x y', '--chown is not known'],
    ['a mount', 'FROM a\nRUN --mount=type=cache,target=/x npm ci', '--mount is not known'],
    ['a stage that does not exist', 'FROM a\nCOPY --from=b x y', 'no earlier stage b'],
    ['a pattern', 'FROM a\nCOPY *.json ./', 'plain paths only'],
    ['several sources without a folder', 'FROM a\nCOPY x y z', 'ends with /'],
    ['a variable', 'FROM a\nWORKDIR $HOME', 'variables are not known here'],
    ['a variable in ENV', 'FROM a\nENV A=$B', 'variables are not known here'],
    ['a heredoc', 'FROM a\nRUN <<EOF\nls\nEOF', 'shell form only'],
    ['a command for a shell', 'FROM a\nCMD node main.js', 'a list of strings only'],
    ['a step before FROM', 'WORKDIR /app', 'only FROM may come first'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseDockerfile(text)).toThrow(message);
  });

  it('goes on from an earlier stage with what that has set', () => {
    const stages = parseDockerfile('FROM a AS b\nWORKDIR /x\nENV A=1 B="2 3"\nFROM b\nENV A=4');
    expect(configOf(finalStage(stages))).toMatchObject({
      workdir: '/x',
      env: { A: '4', B: '2 3' },
    });
  });
});

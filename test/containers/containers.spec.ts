import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { inventorySettings } from '../../apps/inventory/src/inventory.config';
import { ordersSettings } from '../../apps/orders/src/orders.config';
import {
  buildContext,
  composeServices,
  composeVariables,
  type ComposeService,
  dockerfileStages,
  environmentOf,
  isDockerIgnored,
  ROOT,
  type Stage,
} from './container-files';

const services = composeServices();

const serviceNamed = (name: string): ComposeService => {
  const service = services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
};

const urlIn = (service: string, variable: string): URL =>
  new URL(serviceNamed(service).environment?.[variable] ?? '');

const APPS = [
  {
    app: 'inventory',
    settings: inventorySettings,
    port: inventorySettings.shape.INVENTORY_GRPC_PORT.parse(undefined),
    host: 'INVENTORY_GRPC_HOST',
    url: 'INVENTORY_DATABASE_URL',
    ownerUrl: 'INVENTORY_OWNER_DATABASE_URL',
  },
  {
    app: 'orders',
    settings: ordersSettings,
    port: ordersSettings.shape.ORDERS_HTTP_PORT.parse(undefined),
    host: 'ORDERS_HTTP_HOST',
    url: 'ORDERS_DATABASE_URL',
    ownerUrl: 'ORDERS_OWNER_DATABASE_URL',
  },
] as const;

/** One for each role of each database. */
const PASSWORDS = [
  'INVENTORY_APP_DB_PASSWORD',
  'INVENTORY_DB_PASSWORD',
  'ORDERS_APP_DB_PASSWORD',
  'ORDERS_DB_PASSWORD',
];

const ALL_APPS = ['inventory', 'orders', 'cli'] as const;

const imageOf = (app: (typeof ALL_APPS)[number]): Stage =>
  dockerfileStages(app).at(-1) ?? { name: undefined, base: '', instructions: [] };

const argumentsOf = (image: Stage, keyword: string): string[] =>
  image.instructions.filter((one) => one.keyword === keyword).map(({ text }) => text);

describe.each(ALL_APPS)('apps/%s/Dockerfile', (app) => {
  const stages = dockerfileStages(app);

  it('builds and runs on Node 24, from images that are named by digest', () => {
    const names = stages.map(({ name }) => name);
    const bases = stages.map(({ base }) => base).filter((base) => !names.includes(base));
    expect(bases).toEqual([
      expect.stringMatching(/^node:24-[a-z-]+@sha256:[0-9a-f]{64}$/),
      expect.stringMatching(
        /^gcr\.io\/distroless\/nodejs24-debian\d+:nonroot@sha256:[0-9a-f]{64}$/,
      ),
    ]);
  });

  it('copies only paths that are in the build context', () => {
    const files = buildContext();
    const missing = stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ keyword, from }) => keyword === 'COPY' && from === undefined)
      .flatMap(({ words }) => words.slice(0, -1))
      .filter((path) => !files.some((file) => file === path || file.startsWith(`${path}/`)));
    expect(missing).toEqual([]);
  });

  it('runs as a numeric user that is not root, in production mode', () => {
    expect(argumentsOf(imageOf(app), 'USER')).toEqual([
      expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/),
    ]);
    expect(environmentOf(imageOf(app)).NODE_ENV).toBe('production');
  });
});

describe.each(APPS)('apps/$app/Dockerfile', ({ app, settings, port, host }) => {
  const image = imageOf(app);

  it('sets only known settings and listens on every interface', () => {
    const listen = { [host]: '0.0.0.0' };
    expect(environmentOf(image)).toEqual({ NODE_ENV: 'production', ...listen });
    expect(settings.partial().strict().safeParse(listen).error?.issues).toBeUndefined();
  });

  it('runs the bundle and stops it with SIGTERM', () => {
    expect(argumentsOf(image, 'EXPOSE')).toEqual([String(port)]);
    expect(argumentsOf(image, 'STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(argumentsOf(image, 'CMD')).toEqual([
      `["--enable-source-maps", "dist/apps/${app}/main.js"]`,
    ]);
  });
});

it('apps/cli/Dockerfile passes the arguments of docker run to the cli', () => {
  expect(argumentsOf(imageOf('cli'), 'ENTRYPOINT')).toEqual([
    '["/nodejs/bin/node", "--enable-source-maps", "dist/apps/cli/main.js"]',
  ]);
  expect(argumentsOf(imageOf('cli'), 'CMD')).toEqual(['["--help"]']);
});

describe('.dockerignore', () => {
  it.each([
    'apps/orders/node_modules/x.js',
    'dist/apps/orders/main.js',
    '.git/config',
    '.quickbite/postgres/PG_VERSION',
    'apps/orders/.env.local',
    'libs/config/src/config.spec.ts',
  ])('excludes %s', (path) => {
    expect(isDockerIgnored(path)).toBe(true);
  });
});

describe('docker-compose.yml', () => {
  it('starts Orders without waiting until Inventory is healthy', () => {
    expect(serviceNamed('orders').depends_on).toEqual({
      'orders-migration': { condition: 'service_completed_successfully' },
      inventory: { condition: 'service_started' },
    });
  });

  it('has a health check for every service and publishes neither a database nor Kafka', () => {
    for (const [name, { healthcheck, ports }] of Object.entries(services)) {
      if (name === 'cli' || name.endsWith('-migration')) {
        expect(ports).toBeUndefined();
        continue;
      }
      expect(healthcheck?.test).toContain('CMD');
      expect([name, ports !== undefined]).toEqual([name, !/-db$|^kafka$/.test(name)]);
    }
  });

  it('starts the cli only on request, with the databases and the address of the services', () => {
    const { profiles, build, environment } = serviceNamed('cli');
    expect(profiles).toEqual(['cli']);
    expect(build).toEqual({ context: '.', dockerfile: 'apps/cli/Dockerfile' });
    const inventory = serviceNamed('inventory').environment;
    const orders = serviceNamed('orders').environment;
    expect(environment).toEqual({
      INVENTORY_DATABASE_URL: inventory?.INVENTORY_DATABASE_URL,
      ORDERS_DATABASE_URL: orders?.ORDERS_DATABASE_URL,
      CLI_INVENTORY_ADDRESS: orders?.ORDERS_INVENTORY_ADDRESS,
    });
  });

  it('passes Orders the address of Inventory', () => {
    const { ORDERS_INVENTORY_ADDRESS } = serviceNamed('orders').environment ?? {};
    expect(ORDERS_INVENTORY_ADDRESS).toBe(`inventory:${APPS[0].port}`);
  });

  it('names that Orders calls Inventory in plain text, and that reflection is on', () => {
    expect(serviceNamed('inventory').environment).toMatchObject({
      INVENTORY_ALLOW_PLAINTEXT: 'true',
      INVENTORY_REFLECTION: 'true',
    });
    expect(serviceNamed('orders').environment).toMatchObject({ ORDERS_PUBLIC_HOSTS: 'orders' });
  });

  it('has no default for a password, and a password for each role', () => {
    const names = new Set(composeVariables().map(({ name }) => name));
    expect([...names].sort()).toEqual(PASSWORDS);
    for (const { text } of composeVariables()) expect(text).toContain(':?Create it with ');
  });

  it.each(['inventory', 'orders', 'cli'])('%s knows the password of no owner', (name) => {
    const environment = JSON.stringify(serviceNamed(name).environment);
    expect(environment).not.toMatch(/(INVENTORY|ORDERS)_DB_PASSWORD|quickbite:|OWNER/);
  });

  describe.each(APPS)('service $app', ({ app, settings, port, url, ownerUrl }) => {
    const { build, environment, ports, stop_grace_period = '' } = serviceNamed(app);
    const database = serviceNamed(`${app}-db`);

    it('is built from its Dockerfile and published on loopback only', () => {
      expect(build).toEqual({ context: '.', dockerfile: `apps/${app}/Dockerfile` });
      expect(ports).toEqual([`127.0.0.1:${port}:${port}`]);
    });

    it('sets only known settings, to accepted values', () => {
      expect(settings.strict().safeParse(environment).error?.issues).toBeUndefined();
    });

    it('has more time to stop than it takes at most', () => {
      const { SHUTDOWN_TIMEOUT_SECONDS } = settings.parse(environment);
      expect(stop_grace_period).toMatch(/^\d+s$/);
      expect(parseInt(stop_grace_period, 10)).toBeGreaterThan(SHUTDOWN_TIMEOUT_SECONDS);
    });

    it('has a job that migrates its database as the owner, once and before it starts', () => {
      const job = `${app}-migration`;
      const { command, restart, profiles, depends_on, build } = serviceNamed(job);
      expect({ command, restart, profiles }).toEqual({
        command: ['db', 'migrate', app],
        restart: 'no',
        profiles: undefined,
      });
      expect(build?.dockerfile).toBe('apps/cli/Dockerfile');
      expect(depends_on).toEqual({ [`${app}-db`]: { condition: 'service_healthy' } });
      expect(serviceNamed(app).depends_on).toMatchObject({
        [job]: { condition: 'service_completed_successfully' },
      });
      const owner = urlIn(job, ownerUrl);
      expect(owner.host).toBe(`${app}-db:5432`);
      expect(database.environment).toEqual({
        POSTGRES_USER: owner.username,
        POSTGRES_PASSWORD: owner.password,
        POSTGRES_DB: owner.pathname.slice(1),
        POSTGRES_INITDB_ARGS: '--auth=scram-sha-256',
      });
    });

    it('serves as the role that the job creates, which is not the owner', () => {
      const role = urlIn(app, url);
      const owner = urlIn(`${app}-migration`, ownerUrl);
      expect(urlIn(`${app}-migration`, url)).toEqual(role);
      expect(role.host + role.pathname).toBe(owner.host + owner.pathname);
      expect(role.username).not.toBe(owner.username);
      expect(role.password).not.toBe(owner.password);
      expect(environment?.[`${app.toUpperCase()}_MIGRATE_ON_START`]).toBe('false');
    });

    it('keeps its data in a volume where Postgres 18 writes it', () => {
      expect(database.image).toBe('postgres:18-alpine');
      expect(database.volumes).toEqual([`${app}-data:/var/lib/postgresql`]);
    });
  });
});

describe('tools/compose-passwords.sh', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quickbite-compose-'));
    mkdirSync(join(folder, 'tools'));
    cpSync(join(ROOT, 'tools/compose-passwords.sh'), join(folder, 'tools/compose-passwords.sh'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const run = () => {
    execFileSync('sh', ['tools/compose-passwords.sh'], { cwd: folder, stdio: 'ignore' });
    return parseEnv(readFileSync(join(folder, '.env'), 'utf8')) as Record<string, string>;
  };

  it('writes a random password for each role to a .env that only its owner can read', () => {
    const written = run();
    expect(Object.keys(written).sort()).toEqual(PASSWORDS);
    const values = Object.values(written);
    expect(values).toEqual(values.map(() => expect.stringMatching(/^[0-9a-f]{48}$/) as string));
    expect(new Set(values).size).toBe(PASSWORDS.length);
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
  });

  it('keeps what is in .env', () => {
    writeFileSync(join(folder, '.env'), 'LOG_LEVEL=debug\nORDERS_DB_PASSWORD=mine', {
      mode: 0o644,
    });
    const first = run();
    expect(first).toMatchObject({ LOG_LEVEL: 'debug', ORDERS_DB_PASSWORD: 'mine' });
    expect(run()).toEqual(first);
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
  });
});

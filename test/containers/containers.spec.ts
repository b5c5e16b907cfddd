import { inventorySettings } from '../../apps/inventory/src/inventory.config';
import { ordersSettings } from '../../apps/orders/src/orders.config';
import {
  buildContext,
  composeServices,
  type ComposeService,
  dockerfileStages,
  environmentOf,
  isDockerIgnored,
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
    port: inventorySettings.parse({}).INVENTORY_GRPC_PORT,
    host: 'INVENTORY_GRPC_HOST',
    ownerUrl: 'INVENTORY_OWNER_DATABASE_URL',
  },
  {
    app: 'orders',
    settings: ordersSettings,
    port: ordersSettings.parse({}).ORDERS_HTTP_PORT,
    host: 'ORDERS_HTTP_HOST',
    ownerUrl: 'ORDERS_DATABASE_URL',
  },
] as const;

const ALL_APPS = ['inventory', 'orders', 'cli'] as const;

const imageOf = (app: (typeof ALL_APPS)[number]): Stage =>
  dockerfileStages(app).at(-1) ?? { name: undefined, base: '', instructions: [] };

const argumentsOf = (image: Stage, keyword: string): string[] =>
  image.instructions.filter((one) => one.keyword === keyword).map(({ text }) => text);

describe.each(ALL_APPS)('apps/%s/Dockerfile', (app) => {
  const stages = dockerfileStages(app);

  it('builds and runs on Node 24', () => {
    const names = stages.map(({ name }) => name);
    const bases = stages.map(({ base }) => base).filter((base) => !names.includes(base));
    expect(bases).toEqual([
      expect.stringMatching(/^node:24-/),
      expect.stringMatching(/^gcr\.io\/distroless\/nodejs24-debian\d+:nonroot$/),
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
    expect(settings.strict().safeParse(listen).error?.issues).toBeUndefined();
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
      'orders-db': { condition: 'service_healthy' },
      inventory: { condition: 'service_started' },
    });
  });

  it('has a health check for every service and publishes no database', () => {
    const { cli, ...permanent } = services;
    expect(cli?.ports).toBeUndefined();
    for (const [name, { healthcheck, ports }] of Object.entries(permanent)) {
      expect(healthcheck?.test).toContain('CMD');
      expect([name, ports !== undefined]).toEqual([name, !name.endsWith('-db')]);
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
      INVENTORY_OWNER_DATABASE_URL: inventory?.INVENTORY_OWNER_DATABASE_URL,
      ORDERS_DATABASE_URL: orders?.ORDERS_DATABASE_URL,
      CLI_INVENTORY_ADDRESS: orders?.ORDERS_INVENTORY_ADDRESS,
    });
  });

  it('passes Orders the address of Inventory', () => {
    const { ORDERS_INVENTORY_ADDRESS } = serviceNamed('orders').environment ?? {};
    expect(ORDERS_INVENTORY_ADDRESS).toBe(`inventory:${APPS[0].port}`);
  });

  it('gives Inventory a role and a password that differ from those of the owner', () => {
    const role = urlIn('inventory', 'INVENTORY_DATABASE_URL');
    const owner = urlIn('inventory', 'INVENTORY_OWNER_DATABASE_URL');
    expect(role.host + role.pathname).toBe(owner.host + owner.pathname);
    expect(role.username).not.toBe(owner.username);
    expect(role.password).not.toBe(owner.password);
  });

  describe.each(APPS)('service $app', ({ app, settings, port, ownerUrl }) => {
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

    it('migrates its own database as the owner', () => {
      const url = urlIn(app, ownerUrl);
      expect(url.host).toBe(`${app}-db:5432`);
      expect(database.environment).toEqual({
        POSTGRES_USER: url.username,
        POSTGRES_PASSWORD: url.password,
        POSTGRES_DB: url.pathname.slice(1),
      });
    });

    it('keeps its data in a volume where Postgres 18 writes it', () => {
      expect(database.image).toBe('postgres:18-alpine');
      expect(database.volumes).toEqual([`${app}-data:/var/lib/postgresql`]);
    });
  });
});

const transform = {
  '^.+\\.[jt]s$': [
    '@swc/jest',
    {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: {
          legacyDecorator: true,
          decoratorMetadata: true,
          useDefineForClassFields: false,
        },
        keepClassNames: true,
        // Not moduleNameMapper, which does not reach globalSetup.
        baseUrl: __dirname,
        paths: { '@app/*': ['libs/*/src'] },
      },
      module: { type: 'commonjs' },
    },
  ],
};

const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform,
  resolver: '<rootDir>/test/harness/typescript-resolver.cjs',
  // Jest cannot require an ES module, so these packages are transformed to CommonJS.
  transformIgnorePatterns: [
    '/node_modules/(?!(get-port|@platformatic|request-filtering-agent|jose)/)',
  ],
  moduleFileExtensions: ['ts', 'js', 'json'],
};

const withPostgres = {
  globalSetup: '<rootDir>/test/harness/start-postgres.ts',
  globalTeardown: '<rootDir>/test/harness/stop-postgres.ts',
};

const SLOW = '\\.slow\\.spec\\.ts$';

const unit = {
  ...shared,
  displayName: 'unit',
  roots: [
    '<rootDir>/apps',
    '<rootDir>/libs',
    '<rootDir>/tools',
    '<rootDir>/test',
    '<rootDir>/bench',
    '<rootDir>/clients',
  ],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: [
    '\\.db\\.spec\\.ts$',
    SLOW,
    '/test/(e2e|long|browser|redis)/',
    '/test/containers/image-build',
  ],
};

const db = {
  ...shared,
  ...withPostgres,
  displayName: 'db',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test/db'],
  testMatch: ['**/*.db.spec.ts'],
};

const e2e = {
  ...shared,
  ...withPostgres,
  displayName: 'e2e',
  roots: ['<rootDir>/test/e2e'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: [SLOW],
  globalSetup: '<rootDir>/test/harness/start-postgres-and-build.ts',
};

const slow = {
  ...shared,
  ...withPostgres,
  displayName: 'slow',
  roots: ['<rootDir>/apps', '<rootDir>/test/db', '<rootDir>/test/e2e'],
  testMatch: ['**/*.slow.spec.ts'],
  globalSetup: '<rootDir>/test/harness/start-postgres-and-build.ts',
};

const long = {
  ...shared,
  ...withPostgres,
  displayName: 'long',
  roots: ['<rootDir>/test/long'],
  testMatch: ['**/*.spec.ts'],
  globalSetup: '<rootDir>/test/harness/start-postgres-and-build.ts',
};

const browser = {
  ...shared,
  ...withPostgres,
  displayName: 'browser',
  roots: ['<rootDir>/test/browser'],
  testMatch: ['**/*.spec.ts'],
  globalSetup: '<rootDir>/test/harness/start-postgres-and-build.ts',
};

const containers = {
  ...shared,
  ...withPostgres,
  displayName: 'containers',
  roots: ['<rootDir>/test/containers'],
  testMatch: ['**/image-build.spec.ts'],
};

/**
 * unit: pure, in one process. db: against a real Postgres. e2e: the built apps as processes. slow: of the
 * kinds db and e2e, for what most changes do not touch, and with faults and operations that take long. long: like e2e, with runs that take minutes
 * or measure memory and time. browser: the pages of Orders in Chromium. containers: the steps of the
 * Dockerfiles. `npm test` runs the first three. The others have commands of their own, such as
 * `npm run test:slow`.
 */
module.exports = { unit, db, e2e, slow, long, browser, containers };

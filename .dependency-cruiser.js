/** Who may import whom. `module → controller | grpc | worker → service → repository | client → rules → errors`. */
const role = (...names) => `\\.(${names.join('|')})\\.ts$`;
/**
 * In a capability's folder, a file without a role suffix holds pure rules: order.ts, decide.ts. A file
 * named *-mapping.ts belongs to a client: it translates the other process's messages.
 */
const RULES =
  '^apps/(?!cli/)[^/]+/src/(?!database/|grpc/|health/|http/|inventory/)[^/]+/(?![a-z-]+-mapping\\.ts)[a-z-]+\\.ts$';
const MAPPING = '-mapping\\.ts$';
const TESTS = '\\.spec\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Move what both files need into a third one that imports neither.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'apps-never-import-each-other',
      comment:
        'Move the shared code to a library in libs/, or call the other service over its API.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/cli/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'cli-imports-schemas-and-settings-only',
      comment: 'The schema and the settings of a service are all that the cli may know of it.',
      severity: 'error',
      from: { path: '^apps/cli/' },
      to: {
        path: '^apps/(?!cli/)',
        pathNot: '^apps/[^/]+/src/(database/[^/]+\\.schema|[^/]+\\.config)\\.ts$',
      },
    },
    {
      name: 'libs-never-import-apps',
      comment: 'Let the app pass in what the library needs, or move that code to libs/.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-and-libs-never-import-tools-or-tests',
      comment: 'The image of a service has neither. Move the code to the app or to libs/.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TESTS },
      to: { path: '^(tools|test|bench)/' },
    },
    {
      name: 'libs-are-imported-by-their-name',
      comment: 'Import from @app/<lib>, and export what you need from src/index.ts of the library.',
      severity: 'error',
      from: { path: '^(apps|bench|test|tools)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'contracts-stand-alone',
      comment:
        'libs/contracts is what both services agree on. Move the code there, or the import ' +
        'elsewhere.',
      severity: 'error',
      from: { path: '^libs/contracts/' },
      to: { path: '^libs/', pathNot: '^libs/contracts/' },
    },
    {
      name: 'errors-know-contracts-only',
      comment: 'libs/errors may import libs/contracts alone. Move the code there, or pass it in.',
      severity: 'error',
      from: { path: '^libs/errors/' },
      to: { path: '^libs/', pathNot: '^libs/(errors|contracts)/' },
    },
    {
      name: 'batching-knows-errors-only',
      comment: 'libs/batching may import libs/errors alone. Move the code there, or pass it in.',
      severity: 'error',
      from: { path: '^libs/batching/' },
      to: { path: '^libs/', pathNot: '^libs/(batching|errors)/' },
    },
    {
      name: 'rules-are-pure',
      comment:
        'A file without a role suffix holds rules: it may import other rules, libs/errors and ' +
        'libs/contracts. Put Nest, SQL and calls into a file with the suffix of its role.',
      severity: 'error',
      from: { path: RULES, pathNot: TESTS },
      to: {
        pathNot: [RULES, '^libs/(errors|contracts)/', '^node_modules/(uuidv7)/', '^crypto$'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'repositories-know-no-service-and-no-wire',
      comment: 'Let the service call the repository or client, and pass in rules or plain values.',
      severity: 'error',
      from: { path: [role('repository', 'client'), MAPPING] },
      to: { path: role('service', 'controller', 'grpc', 'worker', 'module', 'dto') },
    },
    {
      name: 'services-know-no-wire',
      comment:
        'Let the controller or worker translate DTOs to the parameters of the service, and ' +
        'call the service.',
      severity: 'error',
      from: { path: role('service'), pathNot: TESTS },
      to: { path: role('controller', 'grpc', 'worker', 'module', 'dto') },
    },
    {
      name: 'the-wire-goes-through-services',
      comment: 'Add a method to the service that does this, and call that.',
      severity: 'error',
      from: { path: role('controller', 'grpc') },
      to: { path: role('repository', 'entity', 'module') },
    },
    {
      name: 'workers-run-services',
      comment:
        'A worker decides when, a service what: of the apps, it imports services and rules only.',
      severity: 'error',
      from: { path: '^apps/.*' + role('worker') },
      to: { path: '^apps/', pathNot: [role('service'), RULES, '/inventory-availability\\.ts$'] },
    },
    {
      name: 'only-modules-import-workers',
      severity: 'error',
      from: { path: '^apps/', pathNot: [role('module'), TESTS] },
      to: { path: role('worker') },
    },
    {
      name: 'the-inventory-channel-knows-no-capability',
      comment:
        'A capability of Orders owns its client of Inventory, on the channel that all share.',
      severity: 'error',
      from: { path: '^apps/orders/src/inventory/', pathNot: TESTS },
      to: { path: '^apps/orders/src/', pathNot: '^apps/orders/src/inventory/' },
    },
    {
      name: 'sql-stays-in-repositories',
      comment:
        'Move the query to the *.repository.ts. A service passes the PipelinedTransaction of ' +
        '@app/postgres on to it.',
      severity: 'error',
      from: {
        path: '^apps/',
        pathNot: [
          role('repository', 'entity'),
          '/database/',
          '^apps/cli/src/(verify|migrations)/',
          TESTS,
        ],
      },
      to: { path: '^node_modules/(typeorm|pg)/' },
    },
    {
      name: 'baselines-share-no-code-but-the-validation',
      comment:
        'A baseline may import the DTOs of the services and the libraries. Write in bench/baselines/ ' +
        'what else it needs.',
      severity: 'error',
      from: { path: '^bench/baselines/' },
      to: { path: '^(apps|bench|test|tools)/', pathNot: ['^bench/baselines/', role('dto')] },
    },
    {
      name: 'nothing-imports-the-baselines',
      comment: 'Start a baseline as a process, as bench/baseline.ts does.',
      severity: 'error',
      from: { pathNot: '^bench/baselines/' },
      to: { path: '^bench/baselines/' },
    },
    {
      name: 'nothing-imports-the-bench',
      comment: 'Move what both need to test/ or tools/.',
      severity: 'error',
      from: { path: '^(test|tools)/', pathNot: TESTS },
      to: { path: '^bench/' },
    },
    {
      name: 'clients-stand-alone',
      comment: 'A client is published without the rest of the repository. Copy what it needs.',
      severity: 'error',
      from: { path: '^clients/', pathNot: TESTS },
      to: { pathNot: '^clients/' },
    },
    {
      name: 'no-orphans',
      comment: 'Import the file where it is used, or delete it.',
      severity: 'error',
      from: { orphan: true, path: '^(apps|libs)/', pathNot: TESTS },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    exclude: { path: '^(dist|libs/contracts/src/generated)' },
  },
};

/** Who may import whom. `module → controller | grpc | worker → service → repository | client → rules → errors`. */
const role = (...names) => `\\.(${names.join('|')})\\.ts$`;
/**
 * In a capability's folder, a file without a role suffix holds pure rules: order.ts, decide.ts. A file
 * named *-mapping.ts belongs to a client: it translates the other process's messages.
 */
const RULES =
  '^apps/[^/]+/src/(?!database/|health/|http/|inventory/)[^/]+/(?![a-z-]+-mapping\\.ts)[a-z-]+\\.ts$';
const MAPPING = '-mapping\\.ts$';
const TESTS = '\\.spec\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'apps-never-import-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-never-import-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-and-libs-never-import-tools-or-tests',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TESTS },
      to: { path: '^(tools|test|bench)/' },
    },
    {
      name: 'libs-are-imported-by-their-name',
      comment: 'Through @app/<lib>, that is its index, and not through a path into it.',
      severity: 'error',
      from: { path: '^(apps|bench|test|tools)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'contracts-stand-alone',
      severity: 'error',
      from: { path: '^libs/contracts/' },
      to: { path: '^libs/', pathNot: '^libs/contracts/' },
    },
    {
      name: 'errors-know-contracts-only',
      severity: 'error',
      from: { path: '^libs/errors/' },
      to: { path: '^libs/', pathNot: '^libs/(errors|contracts)/' },
    },
    {
      name: 'rules-are-pure',
      comment: 'No Nest, no SQL, no wire, no other role: only other rules, errors and contracts.',
      severity: 'error',
      from: { path: RULES, pathNot: TESTS },
      to: {
        pathNot: [RULES, '^libs/(errors|contracts)/', '^node_modules/(uuidv7)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'repositories-know-no-service-and-no-wire',
      severity: 'error',
      from: { path: [role('repository', 'client'), MAPPING] },
      to: { path: role('service', 'controller', 'grpc', 'worker', 'module', 'dto') },
    },
    {
      name: 'services-know-no-wire',
      severity: 'error',
      from: { path: role('service'), pathNot: TESTS },
      to: { path: role('controller', 'grpc', 'worker', 'module', 'dto') },
    },
    {
      name: 'the-wire-goes-through-services',
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
      comment: 'EntityManager as a type is what a service passes on; everything else is for them.',
      severity: 'error',
      from: { path: '^apps/', pathNot: [role('repository', 'entity'), '/database/', TESTS] },
      to: { path: '^node_modules/(typeorm|pg)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'peers-share-no-code-but-the-validation',
      comment:
        'What the services are compared with has their DTOs and the libraries, nothing else.',
      severity: 'error',
      from: { path: '^bench/peers/' },
      to: { path: '^(apps|bench|test|tools)/', pathNot: ['^bench/peers/', role('dto')] },
    },
    {
      name: 'nothing-imports-the-peers',
      severity: 'error',
      from: { pathNot: '^bench/peers/' },
      to: { path: '^bench/peers/' },
    },
    {
      name: 'nothing-imports-the-bench',
      severity: 'error',
      from: { path: '^(test|tools)/', pathNot: TESTS },
      to: { path: '^bench/' },
    },
    {
      name: 'no-orphans',
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

const { e2e } = require('../../jest.projects');

/** `npm run test:pooler`: the e2e tests of `npm test`, with PgBouncer between each service and its database. */
process.env.QUICKBITE_TEST_POOLER = 'pgbouncer';

module.exports = { testTimeout: 60_000, maxWorkers: 2, projects: [e2e] };

const { unit, db, e2e } = require('./jest.projects');

/**
 * The configuration of `npm test`. Without `--selectProjects`, which takes every word that follows it as
 * a project, paths and `-t NAME` reach Jest: `npm test -- test/e2e/stock.spec.ts`.
 */
module.exports = {
  testTimeout: 60_000,
  // The tests wait for processes and databases for a third of their time.
  maxWorkers: 3,
  projects: [unit, db, e2e],
};

const { browser } = require('../../jest.projects');

/** The configuration of `npm run test:browser`. */
module.exports = { testTimeout: 60_000, maxWorkers: 1, projects: [browser] };

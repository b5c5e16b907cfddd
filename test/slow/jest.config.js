const { slow } = require('../../jest.projects');

/** The configuration of `npm run test:slow`. */
module.exports = { testTimeout: 60_000, maxWorkers: 3, projects: [slow] };

const { long } = require('../../jest.projects');

/** The configuration of `npm run test:long`: one file at a time, since some measure memory and time. */
module.exports = { testTimeout: 60_000, maxWorkers: 1, projects: [long] };

const { containers } = require('../../jest.projects');

/** The configuration of `npm run test:containers`. */
module.exports = { maxWorkers: 1, projects: [containers] };

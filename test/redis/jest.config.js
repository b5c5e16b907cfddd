const { spawnSync } = require('node:child_process');
const { e2e } = require('../../jest.projects');

const isInstalled = spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
if (!isInstalled) console.log('NOT RUN: there is no redis-server here');

/** `npm run test:redis`: two instances of Orders that count in a real Redis, and faults of it. */
module.exports = {
  testTimeout: 60_000,
  passWithNoTests: true,
  projects: [
    {
      ...e2e,
      displayName: 'redis',
      roots: ['<rootDir>/test/redis'],
      ...(!isInstalled && { testPathIgnorePatterns: ['/'] }),
    },
  ],
};

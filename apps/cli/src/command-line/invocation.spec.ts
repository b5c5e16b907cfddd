import { invocationOf } from './invocation';

const { npm_lifecycle_event: script } = process.env;
const argv = process.argv;

afterEach(() => {
  if (script === undefined) delete process.env.npm_lifecycle_event;
  else process.env.npm_lifecycle_event = script;
  process.argv = argv;
});

it.each([
  [['stock', 'import', 'a.csv'], 'npm run stock -- import a.csv'],
  [['verify'], 'npm run verify'],
  [['db', 'migrate', 'orders'], 'npm run db:migrate -- orders'],
])('names the npm script of %j if npm started the process', (words, line) => {
  process.env.npm_lifecycle_event = 'verify';
  expect(invocationOf(...words)).toBe(line);
});

it('names node and the built file otherwise', () => {
  delete process.env.npm_lifecycle_event;
  process.argv = ['node', `${process.cwd()}/dist/apps/cli/main.js`];
  expect(invocationOf('verify', '--at-rest')).toBe('node dist/apps/cli/main.js verify --at-rest');
});

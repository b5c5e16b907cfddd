import type { Command } from 'commander';
import { runProgram } from './command-line/run-program';
import { createProgram } from './program';

let output: string;
let exitCode: typeof process.exitCode;

beforeEach(() => {
  output = '';
  exitCode = process.exitCode;
  process.exitCode = undefined;
  const capture = (text: string | Uint8Array): boolean => {
    output += String(text);
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(capture);
  jest.spyOn(process.stderr, 'write').mockImplementation(capture);
});

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = exitCode;
});

const run = async (line: string): Promise<typeof process.exitCode> => {
  const words = line === '' ? [] : line.split(' ');
  await runProgram(createProgram(), ['node', 'main.js', ...words]);
  return process.exitCode;
};

/** Every command that does something, with its path. */
const leavesOf = (command: Command, path: readonly string[] = []): string[] =>
  command.commands.length === 0
    ? [path.join(' ')]
    : command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));

it('has the commands of an operator', () => {
  expect(leavesOf(createProgram())).toEqual([
    'stock list',
    'stock adjust',
    'stock threshold',
    'stock import',
    'stock export',
    'verify',
    'events tail',
    'events lag',
    'events replay',
    'events forget',
    'events dlq list',
    'events dlq show',
    'events dlq replay',
    'events dlq discard',
    'keys create',
    'keys list',
    'keys revoke',
    'audit list',
    'db migrate',
    'db status',
    'db revert',
  ]);
});

it.each(['stock', 'events', 'keys', 'audit', 'db', ...leavesOf(createProgram())])(
  '%s --help explains it with examples and exits with 0',
  async (path) => {
    expect(await run(`${path} --help`)).toBe(0);
    expect(output).toMatch(new RegExp(`^Usage: .*${path}`));
    expect(output).toMatch(/Examples:\n {2}# .+\n {2}.+/);
  },
);

it.each([
  ['', 'Usage:'],
  ['stok', "error: unknown command 'stok'\n(Did you mean stock?)"],
  ['stock', 'Usage:'],
  ['stock list burger', 'too many arguments'],
  ['stock adjust burger -3', "required option '--reason <text>' not specified"],
  ['stock adjust burger --reason count', 'Specify one change'],
  ['stock adjust burger 1 2 --reason count', 'too many arguments'],
  [
    'stock adjust burger 1 --reason count --address localhost',
    '--address must end with a port; write host:port',
  ],
  ['stock import', "missing required argument 'file.csv'"],
  ['stock import a.csv --id', "option '--id <id>' argument missing"],
  ['stock import a.csv --nonsense', "unknown option '--nonsense'"],
  ['stock import a.csv --retry-for long', '--retry-for must be 0 to 3600 seconds'],
  ['verify inventory', 'too many arguments'],
  ['verify --everything', "unknown option '--everything'"],
  ['verify --inventory --at-rest', '--at-rest needs both databases'],
  ['keys create --name n --scope admin', "required option '--subject <name>' not specified"],
  ['keys revoke', "missing required argument 'key'"],
  ['audit list --since yesterday', '--since must be a time'],
  ['audit list --limit 0', '--limit must be a whole number from 1 to 1000000'],
  ['db migrate', "missing required argument 'service'"],
  ['db migrate orderz', "'orderz' is invalid for argument 'service'"],
  ['db migrate orderz', 'Allowed choices are inventory, orders'],
])('"%s" is wrong usage: it exits with 2, with the fault and the help', async (line, fault) => {
  expect(await run(line)).toBe(2);
  expect(output).toContain(fault);
  expect(output).toContain('Usage: ');
});

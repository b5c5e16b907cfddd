import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, loadConfig } from './config';
import { port, postgresUrl } from './settings';

const schema = z.object({
  APP_DATABASE_URL: postgresUrl(),
  APP_PORT: port().default(1),
  APP_PASSWORD: z.string().optional(),
  APP_TLS_CERT_FILE: z.string().optional(),
});

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quickbite-settings-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const fileWith = (text: string): string => {
  const path = join(folder, 'value');
  writeFileSync(path, text);
  return path;
};

const faultsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    loadConfig(schema, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

const URL = 'postgres://u:canary@127.0.0.1/db';

it.each([URL, `${URL}\n`, `${URL}\r\n`])('reads a value from a file: %j', (text) => {
  expect(loadConfig(schema, { APP_DATABASE_URL_FILE: fileWith(text) })).toMatchObject({
    APP_DATABASE_URL: URL,
  });
});

it.each([
  ['p\n\n', 'p\n'],
  [' p ', ' p '],
])('removes one newline at the end and nothing else: %j', (text, value) => {
  const env = { APP_DATABASE_URL: URL, APP_PASSWORD_FILE: fileWith(text) };
  expect(loadConfig(schema, env).APP_PASSWORD).toBe(value);
});

it('takes an empty variable for one that is not set', () => {
  const env = { APP_DATABASE_URL: URL, APP_DATABASE_URL_FILE: '', APP_PORT: '' };
  expect(loadConfig(schema, { ...env, APP_PORT_FILE: fileWith('2\n') }).APP_PORT).toBe(2);
});

it('does not take a setting that has a path for one in a file', () => {
  const env = { APP_DATABASE_URL: URL, APP_TLS_CERT_FILE: '/missing' };
  expect(loadConfig(schema, env).APP_TLS_CERT_FILE).toBe('/missing');
});

it('rejects a setting that is in a variable and in a file', () => {
  expect(faultsOf({ APP_DATABASE_URL: URL, APP_DATABASE_URL_FILE: fileWith(URL) })).toEqual([
    'APP_DATABASE_URL and APP_DATABASE_URL_FILE must not be set both. Remove one of them.',
  ]);
});

it('names the file that is missing, and no other fault of its setting', () => {
  expect(faultsOf({ APP_DATABASE_URL_FILE: join(folder, 'none') })).toEqual([
    `APP_DATABASE_URL_FILE must name a file with the value, but ${folder}/none cannot be read (ENOENT). Correct the path, or the permissions of the file.`,
  ]);
});

it('rejects a folder and an empty file', () => {
  const env = { APP_DATABASE_URL_FILE: folder, APP_PASSWORD_FILE: fileWith('\n') };
  expect(faultsOf(env)).toEqual([
    expect.stringContaining('(EISDIR)'),
    expect.stringContaining('is empty. Write the value to it.'),
  ]);
});

it('never shows the content of a file', () => {
  const [fault] = faultsOf({ APP_DATABASE_URL_FILE: fileWith('mysql://canary') });
  expect(fault).toContain(`but the content of ${folder}/value is not.`);
  expect(fault).not.toContain('canary');
});

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { databasesFileOf, embeddedDatabaseUrls, STATE_FOLDER } from './checkout';
import { loadConfig } from './config';
import { postgresUrl } from './settings';

const EMBEDDED = 'postgres://orders_app:secret@127.0.0.1:54329/orders';
const EXTERNAL = 'postgres://me:secret@db/orders';

let checkout: string;

beforeEach(() => {
  checkout = realpathSync(mkdtempSync(join(tmpdir(), 'quickbite-checkout-')));
  writeFileSync(join(checkout, 'nest-cli.json'), '{}');
  mkdirSync(join(checkout, STATE_FOLDER));
  mkdirSync(join(checkout, 'docs'));
  writeFileSync(databasesFileOf(checkout), `ORDERS_DATABASE_URL=${EMBEDDED}\n`);
});

afterEach(() => rmSync(checkout, { recursive: true }));

it('the embedded database of a checkout is that of every folder below', () => {
  const urls = { ORDERS_DATABASE_URL: EMBEDDED };
  expect(embeddedDatabaseUrls(checkout, {})).toEqual(urls);
  expect(embeddedDatabaseUrls(join(checkout, 'docs'), {})).toEqual(urls);
  expect(embeddedDatabaseUrls(join(checkout, 'docs'), { ORDERS_DATABASE_URL: '' })).toEqual(urls);
});

it.each(['ORDERS_DATABASE_URL', 'ORDERS_OWNER_DATABASE_URL'])(
  'a service whose %s is set does not use it',
  (setting) => {
    expect(embeddedDatabaseUrls(checkout, { [setting]: EXTERNAL })).toEqual({});
  },
);

it('outside a checkout, and before the first start, there is none', () => {
  expect(embeddedDatabaseUrls(tmpdir(), {})).toEqual({});
  rmSync(databasesFileOf(checkout));
  expect(embeddedDatabaseUrls(checkout, {})).toEqual({});
});

it('the configuration of a process has it unless the environment names another', () => {
  const schema = z.object({ ORDERS_DATABASE_URL: postgresUrl() });
  const folder = process.cwd();
  try {
    process.chdir(checkout);
    expect(loadConfig(schema)).toEqual({ ORDERS_DATABASE_URL: EMBEDDED });
    expect(process.env.ORDERS_DATABASE_URL).toBeUndefined();
    process.env.ORDERS_DATABASE_URL = EXTERNAL;
    expect(loadConfig(schema)).toEqual({ ORDERS_DATABASE_URL: EXTERNAL });
  } finally {
    delete process.env.ORDERS_DATABASE_URL;
    process.chdir(folder);
  }
});

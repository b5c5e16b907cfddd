import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { Database, dataSourceOptions, openDataSource, poolOf } from '@app/postgres';
import { type EmbeddedPostgres, startPostgres } from '../../tools/embedded-postgres';
import { findFreePort } from '../../tools/ports';
import { removeHome } from '../../tools/postgres-home';
import { sessionsWithHangingCommit, untilCommitsHang } from '../harness/hanging-commits';
import { eventually, times } from '../harness/wait';

/** A server of its own, since these tests change settings of the whole server. */
const directory = join(tmpdir(), `quickbite-write-gate-${randomUUID()}`);
/** Of a connection and of a statement. Longer than a busy machine takes, except where a test waits for it. */
const PATIENT_MS = 5_000;
const SHORT_MS = 500;
const UNAVAILABLE = { reason: 'DATABASE_UNAVAILABLE' };

let postgres: EmbeddedPostgres;
let admin: Client;
let source: DataSource;
let database: Database;
let timeoutMs = PATIENT_MS;

beforeAll(async () => {
  postgres = await startPostgres({ directory, port: await findFreePort() });
  admin = new Client(postgres.url('postgres'));
  await admin.connect();
  await admin.query('set synchronous_commit = local; create table thing (name text unique)');
});

beforeEach(async () => {
  const settings = {
    url: postgres.url('postgres'),
    applicationName: 'gate',
    poolSize: 4,
    timeoutMs,
  };
  source = await openDataSource(
    dataSourceOptions(settings, { entities: [], migrations: [] }, () => undefined),
  );
  database = new Database(poolOf(source), {
    sampleWrite: `insert into thing values (repeat('x', 100))`,
  });
});

afterEach(async () => {
  await database.onApplicationShutdown();
  await source.destroy();
  await admin.query('set default_transaction_read_only = off; delete from thing');
});

afterAll(async () => {
  await admin.end();
  await postgres.stop('immediate');
  await removeHome(directory);
});

const insert = (name: string) =>
  database.write<{ name: string }>('insert into thing values ($1) returning name', [name]);
const read = () => database.query('select 1 as one');

const configure = async (statement: string): Promise<void> => {
  await admin.query(statement);
  await admin.query('select pg_reload_conf()');
};

const untilWritable = () =>
  eventually('writes succeed again', () =>
    insert(randomUUID()).then(
      () => true,
      () => false,
    ),
  );

const untilNotWritable = () =>
  eventually('a write fails', () =>
    insert(randomUUID()).then(
      () => false,
      () => true,
    ),
  );

it('rejects writes and is not ready on a server that has become read-only, and recovers by itself', async () => {
  await Promise.all(times(4, (index) => insert(`before-${index}`)));
  await configure('alter system set default_transaction_read_only = on');
  await untilNotWritable();
  await expect(insert('a')).rejects.toMatchObject(UNAVAILABLE);
  await expect(database.check(1_000)).rejects.toMatchObject(UNAVAILABLE);
  expect(await read()).toEqual([{ one: 1 }]);
  await admin.query('set default_transaction_read_only = off');
  await configure('alter system reset default_transaction_read_only');
  await untilWritable();
  expect((await database.check(1_000)).isReadOnly).toBe(false);
});

it('rejects writes while the server does not apply the guards of the tables', async () => {
  // New sessions are refused, so all of them are opened before.
  await database.check(1_000);
  await Promise.all(times(4, (index) => insert(`guarded-${index}`)));
  await configure('alter system set session_replication_role = replica');
  await eventually('the check sees it', () =>
    database.check(1_000).then(
      () => false,
      () => true,
    ),
  );
  // Longer than the pause between two probes.
  for (const attempt of times(10, (index) => index)) {
    await expect(insert(`unguarded-${attempt}`)).rejects.toMatchObject(UNAVAILABLE);
    await sleep(30);
  }
  expect(await read()).toEqual([{ one: 1 }]);
  await configure('alter system reset session_replication_role');
  await untilWritable();
  await database.check(1_000);
});

it('keeps its durability when an administrator lowers that of the server', async () => {
  const read = () => database.query(`select current_setting('synchronous_commit') as value`);
  expect(await read()).toEqual([{ value: 'on' }]);
  await configure('alter system set synchronous_commit = off');
  await eventually('the setting applies to other sessions', async () => {
    const other = new Client(postgres.url('postgres'));
    await other.connect();
    const { rows } = await other.query<{ value: string }>(
      `select current_setting('synchronous_commit') as value`,
    );
    await other.end();
    return rows[0]?.value === 'off';
  });
  expect(await read()).toEqual([{ value: 'on' }]);
  await configure('alter system reset synchronous_commit');
});

it('is not ready while its role lacks a privilege', async () => {
  await admin.query(`create role gate_role login password 'gate'; grant all on thing to gate_role`);
  const { host } = new URL(postgres.url('postgres'));
  const own = await openDataSource(
    dataSourceOptions(
      {
        url: `postgres://gate_role:gate@${host}/postgres`,
        applicationName: 'gate-role',
        poolSize: 2,
        timeoutMs,
      },
      { entities: [], migrations: [] },
      () => undefined,
    ),
  );
  const limited = new Database(poolOf(own), { privileges: { thing: ['select', 'insert'] } });
  await limited.check(1_000);
  await admin.query('revoke insert on thing from gate_role');
  await expect(limited.check(1_000)).rejects.toMatchObject(UNAVAILABLE);
  await admin.query('grant insert on thing to gate_role');
  await limited.check(1_000);
  await limited.onApplicationShutdown();
  await own.destroy();
  await admin.query('drop owned by gate_role; drop role gate_role');
});

describe('while commits wait for a standby that is lost', () => {
  const hanging = () => sessionsWithHangingCommit(admin, 'gate');

  beforeAll(() => {
    timeoutMs = SHORT_MS;
  });

  afterAll(() => {
    timeoutMs = PATIENT_MS;
  });

  beforeEach(async () => {
    await insert('before');
    await configure(`alter system set synchronous_standby_names = 'lost'`);
    await untilCommitsHang(admin, postgres.url('postgres'));
  });

  afterEach(() => configure('alter system reset synchronous_standby_names'));

  it('bounds the connections that hang, stays readable, and recovers when commits end', async () => {
    const first = await Promise.allSettled(times(20, (index) => insert(`a-${index}`)));
    expect(first.map(({ status }) => status)).not.toContain('fulfilled');
    await eventually('the instance is not ready', () =>
      database.check(1_000).then(
        () => false,
        () => true,
      ),
    );
    // A wait for a connection takes the timeout each time, a busy machine takes it now and then.
    await eventually('200 writes fail without waiting', async () => {
      const startedMs = performance.now();
      await Promise.allSettled(times(200, (index) => insert(`b-${index}`)));
      return performance.now() - startedMs < SHORT_MS;
    });
    // The pool, and the probe of which the commit before is cancelled.
    expect((await hanging()).length).toBeLessThanOrEqual(4 + 2);
    expect(await read()).toEqual([{ one: 1 }]);
    await configure('alter system reset synchronous_standby_names');
    await untilWritable();
  });

  it('ends each probe that hangs, also on a server that does not report statements', async () => {
    await configure('alter system set track_activities = off');
    await Promise.allSettled(times(20, (index) => insert(`c-${index}`)));
    const seen = new Set<number>();
    const now = await eventually('several probes have hung', async () => {
      const sessions = await hanging();
      for (const { pid } of sessions) seen.add(pid);
      return seen.size >= 4 + 4 && sessions;
    });
    await configure('alter system reset track_activities');
    expect(now.length).toBeLessThanOrEqual(4 + 2);
  });

  it('does not confirm a commit whose wait an administrator has cancelled', async () => {
    const outcome = insert('cancelled').then(
      () => 'confirmed',
      (error: unknown) => error,
    );
    await eventually('the commit exists on this server', async () => {
      for (const { pid } of await hanging())
        await admin.query('select pg_cancel_backend($1)', [pid]);
      const { rows } = await admin.query(`select from thing where name = 'cancelled'`);
      return rows.length === 1;
    });
    expect(await outcome).toMatchObject(UNAVAILABLE);
  });
});

describe('an error of Postgres', () => {
  /** Makes inserts fail with a SQLSTATE, always or for the first `times`. */
  const failWith = async (code: string, failures = 1_000_000): Promise<void> => {
    await admin.query(`
      create sequence failures;
      create function fail() returns trigger language plpgsql as $$
        begin
          if nextval('failures') <= ${failures} then
            raise exception 'ошибка' using errcode = '${code}';
          end if;
          return new;
        end $$;
      create trigger fail before insert on thing for each row execute function fail()`);
  };

  const recover = () =>
    admin.query('drop function if exists fail cascade; drop sequence if exists failures');

  afterEach(recover);

  it.each(['53100', '53200', '58030'])(
    'makes the instance not ready while no write can succeed: %s',
    async (code) => {
      await failWith(code);
      await expect(insert('a')).rejects.toMatchObject(UNAVAILABLE);
      await expect(database.check(1_000)).rejects.toMatchObject(UNAVAILABLE);
      await recover();
      await untilWritable();
      await database.check(1_000);
    },
  );

  it.each(['40P01', '40001', '0A000', '26000', '42P05', '72000'])(
    'is retried by a single statement: %s',
    async (code) => {
      await failWith(code, 3);
      expect(await insert('a')).toEqual([{ name: 'a' }]);
    },
  );

  it.each(['55P03', '57014', '25P04', '53400'])(
    'is unavailable, and no fault: %s',
    async (code) => {
      await failWith(code);
      await expect(insert('a')).rejects.toMatchObject(UNAVAILABLE);
      await database.check(1_000);
    },
  );

  it('is not taken from a warning that an extension or a trigger raises at the commit', async () => {
    await admin.query(`
      create function warn() returns trigger language plpgsql as $$
        begin raise warning 'slow'; return null; end $$;
      create constraint trigger warn after insert on thing deferrable initially deferred
        for each row execute function warn()`);
    try {
      expect(await insert('warned')).toEqual([{ name: 'warned' }]);
    } finally {
      await admin.query('drop function warn cascade');
    }
  });

  it.each(['23514', '42501', 'P0001', '22003'])('is a fault: %s', async (code) => {
    await failWith(code);
    await expect(insert('a')).rejects.toMatchObject({ reason: 'INTERNAL' });
  });
});

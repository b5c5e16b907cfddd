import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedPostgres, startPostgres, type StopMode } from '../../tools/embedded-postgres';
import { removeHome } from '../../tools/postgres-home';
import { writePassword } from '../../tools/postgres-password';
import { findFreePort } from '../../tools/ports';
import { eventually } from './wait';
import { withClient } from './with-client';

const MAX_CONNECTIONS = 300;
/** Enough for a standby that is built while the load goes on. */
const KEPT_WAL = '1GB';
const STREAMING_TIMEOUT_MS = 60_000;

/** `stopped`: a planned stop. `crashed`: it ends at once. `fenced`: it runs on, read-only. */
export type SwitchoverKind = 'stopped' | 'crashed' | 'fenced';

interface Server {
  readonly directory: string;
  readonly postgres: EmbeddedPostgres;
}

/** A primary and a synchronous standby, which change roles. */
export class ReplicatedPostgres {
  private copies = 0;

  private constructor(
    private readonly baseDirectory: string,
    private readonly ports: readonly [number, number],
    private primary: Server,
    private standby: Server | undefined,
  ) {}

  /** Adds a synchronous standby to a running server. */
  static async addStandby(directory: string, postgres: EmbeddedPostgres) {
    const ports = [postgres.port, await findFreePort()] as const;
    const pair = new ReplicatedPostgres(directory, ports, { directory, postgres }, undefined);
    await pair.buildStandby();
    return pair;
  }

  /** Returns the URL of a database with both servers. */
  urlOf(url: string): string {
    const { host } = new URL(url);
    const [first, second] = this.ports;
    return url.replace(host, `127.0.0.1:${first},127.0.0.1:${second}`);
  }

  /** Returns the administrator's URL of the primary. */
  get adminUrl(): string {
    return this.primary.postgres.url('postgres');
  }

  /** Takes the primary away and promotes the standby. Returns when the new primary takes writes. */
  async switchOver(kind: SwitchoverKind): Promise<number> {
    const { standby, primary: old } = this;
    if (!standby) throw new Error('There is no standby');
    await this.demote(kind, old);
    await run(standby.postgres.url('postgres'), [
      'alter system reset synchronous_standby_names',
      'alter system reset default_transaction_read_only',
      'select pg_reload_conf()',
      'select pg_promote()',
    ]);
    await eventually('the new primary takes writes', () => takesWrites(standby));
    this.primary = standby;
    this.standby = undefined;
    process.env.TEST_POSTGRES_URL = this.adminUrl;
    return performance.now();
  }

  /** Starts a standby of the present primary on a copy of its data. */
  async buildStandby(): Promise<void> {
    this.copies += 1;
    const directory = `${this.baseDirectory}-copy-${this.copies}`;
    const port = this.ports.find((each) => each !== this.primary.postgres.port) ?? this.ports[1];
    await this.copyPrimaryTo(directory);
    const { username, password } = new URL(this.adminUrl);
    await writePassword(directory, password);
    const conninfo = [
      'host=127.0.0.1',
      `port=${this.primary.postgres.port}`,
      `user=${username}`,
      `password=${password}`,
      'application_name=standby',
    ].join(' ');
    const settings = {
      max_connections: MAX_CONNECTIONS,
      wal_keep_size: KEPT_WAL,
      primary_conninfo: conninfo,
    };
    const postgres = await startPostgres({ directory, port, settings });
    this.standby = { directory, postgres };
    await eventually(
      'the standby receives changes',
      () => this.isStreaming(),
      STREAMING_TIMEOUT_MS,
    );
    await run(this.adminUrl, [
      `alter system set synchronous_standby_names = 'standby'`,
      'select pg_reload_conf()',
    ]);
    await eventually('the standby is synchronous', () => this.isSynchronous());
  }

  /** Stops and deletes what was added. The server of the caller stops by itself. */
  async stop(): Promise<void> {
    for (const server of [this.standby, this.primary]) {
      if (!server || server.directory === this.baseDirectory) continue;
      await server.postgres.stop('immediate');
      await removeHome(server.directory);
    }
  }

  /** Ends the server that was the primary before, and deletes its data. */
  async discard(server: Server): Promise<void> {
    await server.postgres.stop('immediate');
    if (server.directory !== this.baseDirectory) await removeHome(server.directory);
  }

  /** The present primary, to be discarded after a switchover. */
  get currentPrimary(): Server {
    return this.primary;
  }

  private async demote(kind: SwitchoverKind, { postgres }: Server): Promise<void> {
    if (kind !== 'fenced') {
      const mode: StopMode = kind === 'crashed' ? 'immediate' : 'fast';
      await postgres.stop(mode);
      return;
    }
    await run(postgres.url('postgres'), [
      'alter system set default_transaction_read_only = on',
      'select pg_reload_conf()',
    ]);
  }

  private async copyPrimaryTo(directory: string): Promise<void> {
    const { postgres } = this.primary;
    const client = new Client(postgres.url('postgres'));
    await client.connect();
    try {
      await client.query(`select pg_backup_start('standby', fast => true)`);
      spawnSync('cp', ['-a', postgres.data, directory]);
      const { rows } = await client.query<{ labelfile: string }>(
        'select labelfile from pg_backup_stop(false)',
      );
      await rm(join(directory, 'postmaster.pid'), { force: true });
      await writeFile(join(directory, 'backup_label'), rows[0]?.labelfile ?? '');
      await writeFile(join(directory, 'standby.signal'), '');
      for (const name of ['backup_label', 'standby.signal']) {
        const reference = `--reference=${join(directory, 'PG_VERSION')}`;
        spawnSync('chown', [reference, join(directory, name)]);
      }
    } finally {
      await client.end();
    }
  }

  private async isStreaming(): Promise<boolean> {
    const rows = await run(this.adminUrl, [
      `select from pg_stat_replication where application_name = 'standby' and state = 'streaming'`,
    ]);
    return rows > 0;
  }

  private async isSynchronous(): Promise<boolean> {
    const rows = await run(this.adminUrl, [
      `select from pg_stat_replication where sync_state = 'sync'`,
    ]);
    return rows > 0;
  }
}

/** Runs statements on a new connection. Returns how many rows the last one has. */
const run = (url: string, statements: readonly string[]): Promise<number> =>
  withClient(url, async (client) => {
    let count = 0;
    for (const statement of statements) count = (await client.query(statement)).rowCount ?? 0;
    return count;
  });

const takesWrites = async ({ postgres }: Server): Promise<boolean> => {
  const isWritable = await run(postgres.url('postgres'), [
    `select where not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'`,
  ]);
  return isWritable > 0;
};

import { Client, type ClientBase, type ClientConfig, DatabaseError } from 'pg';
import { parseDatabaseUrl } from '@app/config';
import { ConnectionError, hasCode } from './postgres-errors';
import { findSchema } from './schema-search';
import { readTimeline, type ServerTimeline } from './server-timeline';
import {
  assertSuitable,
  UnsuitableDatabaseError,
  DIRECT_SESSION_OPTIONS,
  readSessionState,
  type SessionState,
} from './session-check';
import { LONG_WORK_SQL, settingsSql } from './session-settings';

/** PgBouncer rejects start-up options with protocol_violation unless it is told to ignore them. */
const PROTOCOL_VIOLATION = '08P01';

/** Parameters that a server reports by itself when they change (Postgres 14 and later). */
const READ_ONLY_PARAMETERS = ['in_hot_standby', 'default_transaction_read_only'];

const POOLED_COMMAND =
  'This URL leads to a pooler, whose sessions belong to the services as well. Use a URL that leads to ' +
  'Postgres itself.';

/** `snapshot`: only reads, and every statement sees the same state. */
export type TransactionKind = 'write' | 'snapshot';

const SNAPSHOT = 'isolation level repeatable read, read only';
/** As the settings of a session have it, which do not apply to a transaction that has begun. */
const READ_COMMITTED = 'isolation level read committed';

export interface SessionFactoryOptions {
  readonly url: string;
  readonly applicationName: string;
  /** Timeout of one statement, and of opening a connection. */
  readonly timeoutMs: number;
  /** The schema with the tables. Undefined: the one that has them, or else the role's default. */
  readonly schema?: string;
  /** Tables by any of which the schema of the app is recognized. */
  readonly knownTables?: readonly string[];
}

/**
 * Opens the sessions of one database: chooses the server, and makes each session independent of what an
 * administrator has set. Through a pooler in transaction mode a setting lasts for one transaction, and a
 * statement cannot be prepared by name.
 */
export class SessionFactory {
  private readonly servers: readonly [string, ...string[]];
  private readonly attemptsPerHost: number;
  private readonly directOptions: string;
  private serverIndex = 0;
  private pooled = false;
  private tableSchema: string;
  private sessionSettings = '';
  private transactionSettings = '';
  private readonly demoted = new WeakSet<ClientBase>();
  /** The latest timeline of each cluster on which this service has worked. */
  private timelines = new Map<string, number>();

  constructor(private readonly options: SessionFactoryOptions) {
    const { servers, attemptsPerHost, options: userOptions } = parseDatabaseUrl(options.url);
    this.servers = servers;
    this.attemptsPerHost = attemptsPerHost;
    this.directOptions = `${DIRECT_SESSION_OPTIONS} ${userOptions}`.trim();
    this.tableSchema = options.schema ?? 'public';
    this.useSchema(this.tableSchema);
  }

  /** Whether sessions are shared through a pooler. Known after `inspect`, and noticed later. */
  get isPooled(): boolean {
    return this.pooled;
  }

  /** The schema with the tables. Known after `inspect`. */
  get schema(): string {
    return this.tableSchema;
  }

  get serverCount(): number {
    return this.servers.length;
  }

  /** The URL of the server to connect to. */
  get server(): string {
    return this.servers[this.serverIndex] ?? this.servers[0];
  }

  /** Returns a factory for the same database with another statement timeout. Call it after `inspect`. */
  withTimeout(timeoutMs: number): SessionFactory {
    const derived = new SessionFactory({ ...this.options, timeoutMs });
    derived.pooled = this.pooled;
    derived.serverIndex = this.serverIndex;
    derived.timelines = this.timelines;
    derived.useSchema(this.tableSchema);
    return derived;
  }

  /** Returns the statements that begin a transaction. */
  beginSql(kind: TransactionKind): string {
    const isSnapshot = kind === 'snapshot';
    if (!this.pooled) return isSnapshot ? `start transaction ${SNAPSHOT}` : 'start transaction';
    return `start transaction ${isSnapshot ? SNAPSHOT : READ_COMMITTED}; ${this.transactionSettings}`;
  }

  /** Start-up options for the next session. */
  get startupOptions(): string | undefined {
    return this.pooled ? undefined : this.directOptions;
  }

  /** After it a new session may succeed in another way: through a pooler, or on the next server. */
  recordConnectError(error: unknown, server: string): void {
    if (hasCode(error, PROTOCOL_VIOLATION)) this.pooled = true;
    else this.moveOn(server);
  }

  /** Tries the next server for new sessions, unless another caller has moved on from this one. */
  moveOn(server: string): void {
    if (server === this.server) this.serverIndex = (this.serverIndex + 1) % this.servers.length;
  }

  /**
   * Finds out, on a session of its own, whether a pooler is in between and which schema has the tables.
   * Throws UnsuitableDatabaseError if no promise could be kept with this database.
   */
  async inspect(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const { server } = this;
      try {
        await this.inspectServer(server);
        return;
      } catch (error) {
        if (attempt >= this.serverCount) throw error;
        this.moveOn(server);
      }
    }
  }

  /**
   * Opens a session apart from any pool, for a command. It has the settings of this class, but no statement
   * timeout and ordinary plans.
   */
  async openClient(): Promise<Client> {
    await this.inspect();
    if (this.pooled) throw new UnsuitableDatabaseError(POOLED_COMMAND);
    const client = await this.open(this.server, this.directOptions, 0);
    await client.query(this.sessionSettings);
    await client.query(LONG_WORK_SQL);
    return client;
  }

  /** Prepares a new session. Throws if it must not be used. */
  async prepare(client: ClientBase, server: string): Promise<void> {
    this.assertUsable(await readSessionState(client), server);
    this.assertNotBehind(await readTimeline(client), server);
    this.preferFirstAttempt(server);
    if (!this.pooled) await client.query(this.sessionSettings);
    this.watchForDemotion(client);
  }

  /** Whether the server of a session has become read-only since the session was opened. */
  isDemoted(client: ClientBase): boolean {
    return this.demoted.has(client);
  }

  /** The SQL is built once, since through a pooler every transaction begins with it. */
  private useSchema(schema: string): void {
    const { timeoutMs } = this.options;
    this.tableSchema = schema;
    this.sessionSettings = settingsSql({ timeoutMs, schema }, 'session');
    this.transactionSettings = settingsSql({ timeoutMs, schema }, 'transaction');
  }

  /** The next connection tries TLS again, if this one had to do without. */
  private preferFirstAttempt(server: string): void {
    const index = this.servers.indexOf(server);
    if (index !== -1) this.serverIndex = index - (index % this.attemptsPerHost);
  }

  private async inspectServer(server: string): Promise<void> {
    const client = await this.openDirectOrPooled(server);
    try {
      const state = await readSessionState(client);
      this.pooled = !state.isDirect;
      this.assertUsable(state, server);
      const { schema, knownTables = [] } = this.options;
      this.useSchema(schema ?? (await findSchema(client, knownTables)));
    } finally {
      await client.end();
    }
  }

  private async openDirectOrPooled(server: string): Promise<Client> {
    try {
      return await this.open(server, this.directOptions);
    } catch (error) {
      if (!hasCode(error, PROTOCOL_VIOLATION)) throw error;
      return this.open(server, undefined);
    }
  }

  private async open(
    server: string,
    options: string | undefined,
    queryTimeoutMs = this.options.timeoutMs,
  ): Promise<Client> {
    const { timeoutMs, applicationName } = this.options;
    const client = new Client({
      connectionString: server,
      application_name: applicationName,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      options,
    } satisfies ClientConfig);
    // A lost connection rejects the query in flight, which reports it to the caller.
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      if (error instanceof DatabaseError) throw error;
      throw new ConnectionError('connect', error);
    }
    return client;
  }

  private assertUsable(state: SessionState, server: string): void {
    assertSuitable(state);
    const hasAlternative = this.serverCount > 1;
    if (state.isStandby || (state.isReadOnly && hasAlternative)) {
      this.moveOn(server);
      throw new ConnectionError('connect', 'the server is a standby or read-only');
    }
    // What works through a pooler also works on the direct sessions that are still open.
    if (!state.isDirect) this.pooled = true;
  }

  /**
   * After a failover, the former primary may come back without being fenced. It lacks what was written since
   * the promotion, which has begun another timeline.
   */
  private assertNotBehind(found: ServerTimeline | undefined, server: string): void {
    if (!found) return;
    const { systemId, timeline } = found;
    const latest = this.timelines.get(systemId) ?? timeline;
    if (timeline < latest) {
      this.moveOn(server);
      throw new ConnectionError(
        'connect',
        `the server is a former primary: its timeline is ${timeline}, and this service has worked on ` +
          `timeline ${latest}. Stop that server, or restart the service to go back to it`,
      );
    }
    this.timelines.set(systemId, timeline);
  }

  /** The server reports such a change on every session, also an idle one. */
  private watchForDemotion(client: ClientBase): void {
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
    connection.on(
      'parameterStatus',
      ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) => {
        const isDemotion = READ_ONLY_PARAMETERS.includes(parameterName) && parameterValue === 'on';
        if (isDemotion) this.demoted.add(client);
      },
    );
  }
}

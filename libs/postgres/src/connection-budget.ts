import { type ConnectionPool, send, withConnection } from './connection';

/** The connections that one instance opens at most. */
export interface ConnectionNeeds {
  readonly decisions: number;
  readonly reads: number;
  /** Prefix of the names of the settings: ORDERS or INVENTORY. */
  readonly settingPrefix: string;
}

interface ConnectionLimits {
  readonly server: number;
  /** Null: no limit. */
  readonly database: number | null;
  readonly role: number | null;
}

/** Health checks and the probe of writes. */
const RESERVED = 1;

/** Some connections of the server are for superusers; Postgres 16 and later can reserve more. */
const READ_LIMITS = `
  select current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int as server,
         (select nullif(datconnlimit, -1) from pg_database where datname = current_database())
           as database,
         (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user) as role`;

const REMEDIES: Readonly<Record<keyof ConnectionLimits, string>> = {
  server: 'raise max_connections of the server',
  database: 'raise the limit of the database (alter database … connection limit)',
  role: 'raise the limit of the role (alter role … connection limit)',
};

/**
 * Returns a warning if one instance may need more connections than the server accepts. Undefined if they
 * suffice, or behind a pooler, which has limits of its own.
 */
export const connectionWarning = async (
  connections: ConnectionPool,
  needs: ConnectionNeeds,
): Promise<string | undefined> => {
  if (connections.sessions.isPooled) return undefined;
  const { rows } = await withConnection(connections, (client) =>
    send(connections, client, READ_LIMITS),
  );
  return describeShortage(rows[0] as ConnectionLimits, needs);
};

const describeShortage = (
  limits: ConnectionLimits,
  { decisions, reads, settingPrefix }: ConnectionNeeds,
): string | undefined => {
  const total = decisions + reads + RESERVED;
  const [lowest] = (['server', 'database', 'role'] as const)
    .map((scope) => ({ scope, limit: limits[scope] ?? Infinity }))
    .sort((one, other) => one.limit - other.limit);
  if (!lowest || total <= lowest.limit) return undefined;
  return (
    `This instance may open ${total} connections to Postgres ` +
    `(${settingPrefix}_DATABASE_POOL_SIZE ${decisions}, ` +
    `${settingPrefix}_DATABASE_READ_POOL_SIZE ${reads}, health checks ${RESERVED}), ` +
    `but the ${lowest.scope} accepts ${lowest.limit} of all instances. ` +
    `Requests fail when they run out: lower these settings, or ${REMEDIES[lowest.scope]}.`
  );
};

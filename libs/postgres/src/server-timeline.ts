import type { ClientBase } from 'pg';
import { hasCode, INSUFFICIENT_PRIVILEGE } from './postgres-errors';

/** A primary and its standbys are one cluster. Each promotion begins another timeline of it. */
export interface ServerTimeline {
  readonly systemId: string;
  readonly timeline: number;
}

/** Returns undefined if an administrator has revoked the functions that tell. */
export const readTimeline = async (client: ClientBase): Promise<ServerTimeline | undefined> => {
  try {
    const { rows } = await client.query<ServerTimeline>(`
      select system_identifier::text as "systemId",
             ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline
        from pg_control_system()`);
    return rows[0];
  } catch (error) {
    if (hasCode(error, INSUFFICIENT_PRIVILEGE)) return undefined;
    throw error;
  }
};

import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { eventually } from './wait';

/** The sessions of an application whose commit waits for a standby. */
export const sessionsWithHangingCommit = async (
  admin: Client,
  applicationName: string,
): Promise<{ pid: number }[]> => {
  const { rows } = await admin.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = $1 and wait_event = 'SyncRep'`,
    [applicationName],
  );
  return rows;
};

/**
 * Waits until commits wait for a standby, after `synchronous_standby_names` was set. The checkpointer
 * applies that setting, some time after sessions can read it. Leaves no commit behind that hangs.
 */
export const untilCommitsHang = async (admin: Client, url: string): Promise<void> => {
  const applicationName = `probe-${randomUUID()}`;
  const probe = new Client({ connectionString: url, application_name: applicationName });
  await probe.connect();
  await eventually('a commit hangs', async () => {
    let hasEnded = false;
    const commit = probe.query(`select pg_logical_emit_message(true, 'probe', '')`).then(() => {
      hasEnded = true;
    });
    const hanging = await eventually('the commit hangs or ends', async () => {
      const sessions = await sessionsWithHangingCommit(admin, applicationName);
      return hasEnded ? [] : sessions.length > 0 && sessions;
    });
    for (const { pid } of hanging) await admin.query('select pg_cancel_backend($1)', [pid]);
    await commit;
    return hanging.length > 0;
  });
  await probe.end();
};

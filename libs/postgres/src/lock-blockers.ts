import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

/** Shorter than a wait for a lock, so that each wait is seen. */
const POLL_INTERVAL_MS = 200;

/** A session that holds, or has requested earlier, a lock that a migration waits for. */
export interface Blocker {
  readonly pid: number;
  readonly applicationName: string;
  /** Null if the migrating role may not see it. */
  readonly state: string | null;
  /** Age of its transaction, or else of its session. Null if the migrating role may not see it. */
  readonly ageSeconds: number | null;
}

/** The columns of a `Blocker`, from pg_stat_activity as `a`. */
export const BLOCKER_COLUMNS = `
  a.pid, a.application_name as "applicationName", a.state,
  extract(epoch from clock_timestamp() - coalesce(a.xact_start, a.backend_start))::int
    as "ageSeconds"`;

const FIND_BLOCKERS = `
  select distinct ${BLOCKER_COLUMNS}
    from pg_stat_activity waiting
   cross join unnest(pg_blocking_pids(waiting.pid)) as blocking (pid)
    join pg_stat_activity a on a.pid = blocking.pid
   where waiting.datname = current_database() and waiting.wait_event_type = 'Lock'
     and waiting.application_name = current_setting('application_name')`;

const describe = ({ pid, applicationName, state, ageSeconds }: Blocker): string => {
  const age = ageSeconds === null ? 'age unknown' : `for ${ageSeconds} s`;
  return `pid ${pid} of "${applicationName}" (${state ?? 'state unknown'}, ${age})`;
};

/** Names the sessions in an error. */
export const describeBlockers = (blockers: readonly Blocker[]): string =>
  blockers.length > 0 ? blockers.map(describe).join(', ') : 'an unknown session';

/** Remembers what blocked the migrating sessions of `dataSource` last. */
export class BlockerWatch {
  private found: readonly Blocker[] = [];
  private readonly stopped = new AbortController();
  private readonly done: Promise<void>;

  constructor(private readonly dataSource: DataSource) {
    this.done = this.run();
  }

  get last(): readonly Blocker[] {
    return this.found;
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    const pause = () => sleep(POLL_INTERVAL_MS, true, { signal }).catch(() => false);
    while (await pause()) {
      const found = await this.dataSource.query<Blocker[]>(FIND_BLOCKERS).catch(() => []);
      if (found.length > 0) this.found = found;
    }
  }
}

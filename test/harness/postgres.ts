import { withWaitIndicator } from '../../apps/cli/src/command-line/wait-indicator';
import { type EmbeddedPostgres, startPostgres, type StopMode } from '../../tools/embedded-postgres';
import { ReplicatedPostgres } from './replicated-postgres';
import startSharedPostgres, { shared } from './start-postgres';
import stopSharedPostgres from './stop-postgres';

/** As `start-postgres.ts` sets it. */
const MAX_CONNECTIONS = 300;

/** Runs `work` while a Postgres with both template databases runs. `work` may restart it. */
export const withPostgres = async <Result>(
  work: (postgres: RestartablePostgres) => Promise<Result>,
): Promise<Result> => {
  await withWaitIndicator('Starting Postgres', () => startSharedPostgres());
  const started = await shared.quickbitePostgres;
  if (!started) throw new Error('Postgres did not start');
  try {
    return await work(new RestartablePostgres(started.postgres, started.directory));
  } finally {
    await stopSharedPostgres();
  }
};

export class RestartablePostgres {
  constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly directory: string,
  ) {}

  get port(): number {
    return this.postgres.port;
  }

  /** Adds a synchronous standby. The caller stops it. */
  addStandby(): Promise<ReplicatedPostgres> {
    return ReplicatedPostgres.addStandby(this.directory, this.postgres);
  }

  /** Returns the time at which Postgres accepts connections again. */
  async restart(mode: StopMode): Promise<number> {
    await this.postgres.stop(mode);
    const settings = { max_connections: MAX_CONNECTIONS };
    await startPostgres({ directory: this.directory, port: this.postgres.port, settings });
    return performance.now();
  }
}

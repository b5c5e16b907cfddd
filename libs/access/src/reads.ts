import type { LaneRequest, Statement } from '@app/postgres';

/** Runs selects: `ReadLane` for the callers of a service, `Database` for commands. */
export interface Reads {
  query<Row>(
    statement: Statement,
    parameters?: readonly unknown[],
    request?: LaneRequest,
  ): Promise<Row[]>;
}

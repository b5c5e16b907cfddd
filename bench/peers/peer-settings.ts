import { type Logging, logging } from '@app/runtime';

/** What whoever starts a peer tells it by its environment. */
export interface PeerSettings {
  readonly port: number;
  readonly databaseUrl: string;
  readonly inventoryAddress: string;
  /** As both services log: the same logger, level and format. */
  readonly log: Logging;
}

export const peerSettings = (name: string): PeerSettings => {
  const { BENCH_PORT, BENCH_DATABASE_URL = '', BENCH_INVENTORY_ADDRESS = '' } = process.env;
  return {
    port: Number(BENCH_PORT),
    databaseUrl: BENCH_DATABASE_URL,
    inventoryAddress: BENCH_INVENTORY_ADDRESS,
    log: logging({ service: name, level: process.env.LOG_LEVEL ?? 'info', format: 'json' }),
  };
};

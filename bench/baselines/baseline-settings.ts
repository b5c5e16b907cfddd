import { type Logging, logging } from '@app/runtime';

/** The settings of a baseline, from its environment. */
export interface BaselineSettings {
  readonly port: number;
  readonly databaseUrl: string;
  readonly inventoryAddress: string;
  /** The logger, level and format of the services. */
  readonly log: Logging;
}

export const baselineSettings = (name: string): BaselineSettings => {
  const { BENCH_PORT, BENCH_DATABASE_URL = '', BENCH_INVENTORY_ADDRESS = '' } = process.env;
  return {
    port: Number(BENCH_PORT),
    databaseUrl: BENCH_DATABASE_URL,
    inventoryAddress: BENCH_INVENTORY_ADDRESS,
    log: logging({ service: name, level: process.env.LOG_LEVEL ?? 'info', format: 'json' }),
  };
};

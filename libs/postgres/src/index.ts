export type { AppRole } from './app-role';
export * from './data-source-options';
export * from './database';
export * from './migrate';
export * from './postgres.module';
export { isUnavailable } from './postgres-errors';
export { prepared } from './prepared';
export { awaitPipelined } from './await-pipelined';

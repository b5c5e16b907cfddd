export { DatabaseUrlError, parseDatabaseUrl, type DatabaseUrl } from './database-url';
export * from './config';
export * from './settings';

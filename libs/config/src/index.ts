export * from './checkout';
export { DatabaseUrlError, parseDatabaseUrl, type DatabaseUrl } from './database-url';
export * from './config';
export * from './hide-password';
export * from './settings';

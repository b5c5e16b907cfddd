export * from './checkout';
export { parseDatabaseUrl } from './database-url';
export * from './config';
export * from './hide-password';
export * from './host-and-port';
export * from './library-variables';
export * from './settings';

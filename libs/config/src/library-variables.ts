/**
 * Variables by which libraries change where a service connects, or how: pg takes what the URL lacks from
 * them, and grpc-js another way of looking up names, or other ciphers. PGPASSWORD and PGPASSFILE stay, as for every client of
 * Postgres, since a password is used only if the URL has none.
 */
const LIBRARY_VARIABLES = [
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'GRPC_NODE_DEBUG_SEND_ERROR_DETAILS',
  'GRPC_NODE_USE_ALTERNATIVE_RESOLVER',
  'GRPC_SSL_CIPHER_SUITES',
  'NODE_PG_FORCE_NATIVE',
  'PGAPPNAME',
  'PGBINARY',
  'PGCLIENT_ENCODING',
  'PGCONNECT_TIMEOUT',
  'PGDATABASE',
  'PGHOST',
  'PGOPTIONS',
  'PGPORT',
  'PGREPLICATION',
  'PGSSLMODE',
  'PGSSLNEGOTIATION',
  'PGUSER',
];

/**
 * Removes the variables of libraries, so that the settings alone decide where a service connects. The
 * libraries read some of them when they are loaded: call this before.
 */
export const ignoreLibraryVariables = (env: NodeJS.ProcessEnv = process.env): void => {
  for (const name of LIBRARY_VARIABLES) Reflect.deleteProperty(env, name);
};

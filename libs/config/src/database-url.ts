import { statSync } from 'node:fs';

/** One way to reach a server: a host, with or without TLS. */
export type ServerUrl = string;

const FORM = 'must be a URL such as postgres://user:password@127.0.0.1:5432/database';

/** Scheme, credentials, hosts with ports, path and parameters. */
const URL_PARTS = /^(postgres(?:ql)?):\/\/(?:([^/?#]*)@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?$/;

/**
 * The ways to connect that each sslmode of libpq allows, in its order. `uselibpqcompat` makes pg treat
 * `require` as libpq does: with TLS, and without a check of the certificate.
 */
const TLS_ATTEMPTS: Readonly<Record<string, readonly string[]>> = {
  disable: ['disable'],
  allow: ['disable', 'require'],
  prefer: ['require', 'disable'],
  require: ['require'],
  'verify-ca': ['verify-ca'],
  'verify-full': ['verify-full'],
  'no-verify': ['no-verify'],
};

/** Orders and Inventory write, so that only these make sense. All of them lead to the primary. */
const WRITABLE_TARGETS = ['any', 'read-write', 'primary'];

/** Parameters of libpq that are handled here or have another meaning in pg. */
const HANDLED = ['host', 'port', 'options', 'target_session_attrs', 'sslmode'];

/** Parameters that pg reads. */
const PASSED_ON = [
  'user',
  'password',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'sslnegotiation',
  'ssl',
  'uselibpqcompat',
];

/** Parameters of libpq that may be ignored: the service sets them itself, or they only tune the connection. */
const IGNORED = [
  'application_name',
  'client_encoding',
  'connect_timeout',
  'fallback_application_name',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'sslcompression',
  'sslsni',
  'tcp_user_timeout',
];

/** What to do instead of using a parameter of libpq that pg does not know. */
const INSTEAD: Readonly<Record<string, string>> = {
  hostaddr: 'write the address as the host',
  dbname: 'write the database after the slash',
  passfile: 'write the password into the URL',
  service: 'write the parts of the service file into the URL',
};

export class DatabaseUrlError extends Error {}

/** A database URL in the form of libpq, with one or several servers. */
export interface DatabaseUrl {
  /** One URL per server and way to connect, in the order in which to try them. */
  readonly servers: readonly [ServerUrl, ...ServerUrl[]];
  /** How many of `servers` in a row are the same host, with and without TLS. */
  readonly attemptsPerHost: number;
  /** Command-line options of the session: `-c name=value`. */
  readonly options: string;
  readonly database: string;
}

/**
 * Reads a database URL as libpq does: several hosts (`host1:5432,host2:5432`), the directory of a socket
 * as the host, `sslmode`, `options` and `target_session_attrs`. Throws DatabaseUrlError.
 */
export const parseDatabaseUrl = (url: string): DatabaseUrl => {
  const [, scheme, credentials, authority = '', path = '', query = ''] = URL_PARTS.exec(url) ?? [];
  if (scheme === undefined || path.length < 2) throw new DatabaseUrlError(FORM);
  const parameters = new URLSearchParams(query);
  assertWritableTarget(parameters.get('target_session_attrs'));
  assertKnown(parameters);
  assertFilesExist(parameters);
  const servers = hostsOf(authority, parameters).flatMap((host) =>
    tlsAttempts(parameters).map((tls) =>
      urlOf(scheme, credentials, host, path, withoutHandled(parameters, tls)),
    ),
  );
  const [first, ...others] = servers;
  if (first === undefined) throw new DatabaseUrlError(FORM);
  return {
    servers: [first, ...others],
    attemptsPerHost: tlsAttempts(parameters).length,
    options: parameters.get('options') ?? '',
    database: decodeURIComponent(path.slice(1)),
  };
};

/** Returns what is wrong with a database URL, without repeating its password; undefined if nothing is. */
export const databaseUrlFault = (url: string): string | undefined => {
  try {
    const { servers } = parseDatabaseUrl(url);
    return servers.every((server) => URL.canParse(server.replace('@/', '@socket/')))
      ? undefined
      : FORM;
  } catch (error) {
    return error instanceof DatabaseUrlError ? error.message : FORM;
  }
};

interface Host {
  /** A name, an address, or the directory of a socket. */
  readonly name: string;
  readonly port: string;
}

const HOST_AND_PORT = /^(\[[^\]]+\]|[^:]*)(?::(\d*))?$/;

/** The hosts of the authority or, if it names none, of the parameter `host`. */
const hostsOf = (authority: string, parameters: URLSearchParams): Host[] => {
  const ports = (parameters.get('port') ?? '').split(',');
  const names = (parameters.get('host') ?? authority).split(',');
  return names.map((text, index) => {
    const shared = (ports.length === 1 ? ports[0] : ports[index]) ?? '';
    const [, host, port = ''] = HOST_AND_PORT.exec(text) ?? [];
    const directory = decodeURIComponent(host ?? '');
    if (directory.startsWith('/')) return { name: directory, port: port || shared };
    if (host === undefined || (host === '' && names.length > 1)) {
      throw new DatabaseUrlError(`${FORM}, and several servers are separated by commas`);
    }
    return { name: host, port: port || shared };
  });
};

const tlsAttempts = (parameters: URLSearchParams): readonly (string | undefined)[] => {
  const usesSystemCas = parameters.get('sslrootcert') === 'system';
  const mode = parameters.get('sslmode') ?? (usesSystemCas ? 'verify-full' : null);
  if (mode === null) return [undefined];
  const attempts = TLS_ATTEMPTS[mode];
  if (!attempts) {
    const modes = Object.keys(TLS_ATTEMPTS).join(', ');
    throw new DatabaseUrlError(`must have an sslmode of ${modes}`);
  }
  if (usesSystemCas && mode !== 'verify-full') {
    throw new DatabaseUrlError('must have sslmode=verify-full with sslrootcert=system');
  }
  if (mode === 'verify-ca' && !parameters.get('sslrootcert')) {
    throw new DatabaseUrlError('must name the file of a CA as sslrootcert for sslmode=verify-ca');
  }
  return attempts;
};

const assertWritableTarget = (target: string | null): void => {
  if (target === null || WRITABLE_TARGETS.includes(target)) return;
  throw new DatabaseUrlError(
    `must have a target_session_attrs of ${WRITABLE_TARGETS.join(', ')}, because the service writes`,
  );
};

const assertFilesExist = (parameters: URLSearchParams): void => {
  for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
    const file = parameters.get(name);
    if (file === null || (name === 'sslrootcert' && file === 'system')) continue;
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
      throw new DatabaseUrlError(`must name an existing file as ${name}`);
    }
  }
};

/** An ignored parameter could lead to another server or drop a protection. */
const assertKnown = (parameters: URLSearchParams): void => {
  const known = [...HANDLED, ...PASSED_ON, ...IGNORED];
  const names = [...parameters.keys()];
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new DatabaseUrlError(`must have the parameter ${repeated} once`);
  }
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const remedy =
    INSTEAD[unknown] ?? `remove it; known are ${[...HANDLED, ...PASSED_ON].join(', ')}`;
  throw new DatabaseUrlError(`must not have the parameter ${unknown}: ${remedy}`);
};

const withoutHandled = (parameters: URLSearchParams, tls: string | undefined): URLSearchParams => {
  const kept = new URLSearchParams(parameters);
  for (const name of [...HANDLED, ...IGNORED]) kept.delete(name);
  // Node verifies against its own list of CAs unless a file is named.
  if (kept.get('sslrootcert') === 'system') kept.delete('sslrootcert');
  if (tls === undefined) return kept;
  kept.set('sslmode', tls);
  if (tls !== 'no-verify') kept.set('uselibpqcompat', 'true');
  return kept;
};

const urlOf = (
  scheme: string,
  credentials: string | undefined,
  { name, port }: Host,
  path: string,
  parameters: URLSearchParams,
): ServerUrl => {
  const isSocket = name.startsWith('/') || name === '';
  if (name.startsWith('/')) parameters.set('host', name);
  if (isSocket && port !== '') parameters.set('port', port);
  const login = credentials === undefined ? '' : `${credentials}@`;
  const server = isSocket ? '' : `${name}${port === '' ? '' : `:${port}`}`;
  const query = parameters.size > 0 ? `?${parameters.toString()}` : '';
  return `${scheme}://${login}${server}${path}${query}`;
};

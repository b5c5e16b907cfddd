import { isIP, type Socket } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application, NextFunction, Request, Response } from 'express';

/** A year, without subdomains: Orders cannot know whether all of them have TLS. */
const STRICT_TRANSPORT_SECURITY = 'max-age=31536000';

/** A path without a slash at its end, of characters that need no encoding in a header or a document. */
const PREFIX = /^(\/[A-Za-z0-9._~-]+)+$/;
const MAX_PREFIX_LENGTH = 200;
const ORIGIN = /^https?:\/\/([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?$/;

type TrustsProxy = (address: string | undefined, hop: number) => boolean;

/**
 * Believes the `X-Forwarded-*` headers of these proxies, addresses or ranges, and of no one else. Tells
 * browsers to use TLS only, if the client uses TLS.
 */
export const trustProxies = (app: NestExpressApplication, proxies: readonly string[]): void => {
  if (proxies.length > 0) {
    app.set('trust proxy', [...proxies]);
    app.use(keepAddresses);
  }
  app.use(requireTlsAfterTls);
};

const FORWARDED_FOR = 'x-forwarded-for';
const WITH_PORT = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/;

/** Returns the address of an entry such as `192.0.2.1`, `192.0.2.1:4000` or `[2001:db8::1]:4000`. */
const addressOf = (entry: string): string | undefined => {
  const [, inBrackets, plain] = WITH_PORT.exec(entry) ?? [];
  const address = inBrackets ?? plain ?? entry;
  return isIP(address) ? address : undefined;
};

/**
 * Returns the addresses of `X-Forwarded-For`, without ports. Each proxy has appended one. What is left of an
 * entry that is no address is dropped: such a client has the address of the proxy, or each of its connections
 * would be a client of its own.
 */
export const forwardedAddresses = (header: string): string[] => {
  const addresses: string[] = [];
  for (const entry of header.split(',').reverse()) {
    const address = addressOf(entry.trim());
    if (address === undefined) break;
    addresses.unshift(address);
  }
  return addresses;
};

const keepAddresses = ({ headers }: Request, _response: Response, next: NextFunction): void => {
  const header = headers[FORWARDED_FOR];
  if (typeof header === 'string') headers[FORWARDED_FOR] = forwardedAddresses(header).join(', ');
  next();
};

const requireTlsAfterTls = (request: Request, response: Response, next: NextFunction): void => {
  // Looked up first, because Orders itself has no TLS and `secure` costs more.
  if (request.headers['x-forwarded-proto'] !== undefined && request.secure)
    response.setHeader('Strict-Transport-Security', STRICT_TRANSPORT_SECURITY);
  next();
};

/**
 * Returns the path below which clients see the API, such as `/shop`; empty without a proxy that adds one.
 * A proxy behind another one appends its own prefix to the header.
 */
export const publicPrefix = (request: Request): string => {
  const header = request.headers['x-forwarded-prefix'];
  if (typeof header !== 'string' || !isFromProxy(request)) return '';
  const prefix = header
    .split(',')
    .map((part) => part.trim().replace(/\/+$/, ''))
    .join('');
  return prefix.length <= MAX_PREFIX_LENGTH && PREFIX.test(prefix) ? prefix : '';
};

/** Returns the URL at which clients see the API; a path alone if scheme or host are malformed. */
export const publicUrl = (request: Request): string => {
  const origin = `${request.protocol}://${request.host}`;
  const prefix = publicPrefix(request);
  return ORIGIN.test(origin) ? origin + prefix : prefix || '/';
};

/** Returns whether a connection is one of a trusted proxy. Works from the call of `trustProxies` on. */
export const isOfProxy =
  (app: NestExpressApplication) =>
  (socket: Socket): boolean =>
    trusts(app.getHttpAdapter().getInstance(), socket);

const isFromProxy = ({ app, socket }: Request): boolean => trusts(app, socket);

const trusts = (app: Application, { remoteAddress }: Socket): boolean =>
  (app.get('trust proxy fn') as TrustsProxy)(remoteAddress, 0);

import { isIP } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { isLoopback } from '@app/config';
import type { ServiceError } from '@app/errors';
import { crossSiteRequest, hostNotServed } from './http-errors';
import { classOf } from './request-class';

/** Which requests of browsers Orders serves. */
export interface BrowserRules {
  /** The address that Orders listens on. */
  readonly listenHost: string;
  /** DNS names of Orders, besides names of this machine. */
  readonly publicHosts: readonly string[];
  /** Origins of other pages that may use the API. */
  readonly origins: readonly string[];
}

/** Requests that change nothing. Without CORS headers a page of another site cannot read the answers. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What browsers say about a request of the page itself, and of their user. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none']);

/**
 * Keeps the pages of other sites from using Orders through the browser of a developer or of an employee,
 * which reaches addresses that the site itself does not. A page whose DNS name is pointed at this machine
 * is of the same origin for a browser, but its name is in `Host`. Other programs send neither `Origin` nor
 * `Sec-Fetch-Site`, and use a name of Orders or an address. Call it after `trustProxies`.
 */
export const rejectOtherSites = (app: NestExpressApplication, rules: BrowserRules): void => {
  const isServed = servedHosts(rules);
  const origins = new Set(rules.origins);
  app.use((request: Request, _response: Response, next: NextFunction): void => {
    next(faultOf(request, isServed, origins));
  });
};

const faultOf = (
  request: Request,
  isServed: (host: string) => boolean,
  origins: ReadonlySet<string>,
): ServiceError | undefined => {
  const { host } = request.headers;
  if (host !== undefined && !isServed(host) && classOf(request) !== 'health')
    return hostNotServed(host);
  return SAFE_METHODS.has(request.method) || isOwnSite(request, origins)
    ? undefined
    : crossSiteRequest();
};

/** Returns whether a `Host` header is a name of Orders. The last good one is not interpreted again. */
const servedHosts = ({ listenHost, publicHosts }: BrowserRules): ((host: string) => boolean) => {
  const names = new Set(publicHosts.map((name) => name.toLowerCase()));
  // Which names lead to it is unknown then, and callers come from elsewhere anyway.
  const isAnyServed = names.size === 0 && !isLoopback(listenHost);
  let lastServed = '';
  return (host) => {
    if (isAnyServed || host === lastServed) return true;
    const name = host
      .replace(/:\d*$/, '')
      .replace(/^\[(.*)\]$/, '$1')
      .replace(/\.$/, '')
      .toLowerCase();
    // A page of an address is no page of a name, so an address cannot be borrowed.
    const isOwn = isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost');
    if (!isOwn && !names.has(name)) return false;
    lastServed = host;
    return true;
  };
};

const isOwnSite = (request: Request, origins: ReadonlySet<string>): boolean => {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && origins.has(origin)) return true;
  if (typeof site === 'string') return OWN_SITE.has(site);
  return origin === undefined || isOriginOf(request, origin);
};

/** For browsers that do not send `Sec-Fetch-Site`, as none does to http:// beyond this machine. */
const isOriginOf = (request: Request, origin: string): boolean => {
  const host = /^https?:\/\/(.+)$/.exec(origin)?.[1];
  return host !== undefined && (host === request.headers.host || host === request.host);
};

import type { BrowserContext } from 'playwright-core';

/** What the pages of a browser asked for and complained about. */
export interface Traffic {
  /** Every request, allowed or not, in the order it was made. */
  readonly requested: readonly string[];
  /** Those for anybody but the service. None was let through. */
  readonly foreign: readonly string[];
  /** Errors on the console, breaches of the Content Security Policy among them, and uncaught ones. */
  readonly complaints: readonly string[];
}

/** Records from here on, and lets nothing through but requests to `origin`. */
export async function watchTraffic(context: BrowserContext, origin: string): Promise<Traffic> {
  const requested: string[] = [];
  const foreign: string[] = [];
  const complaints: string[] = [];
  const record = (url: string): void => {
    requested.push(url);
    if (!staysHere(url, origin)) foreign.push(url);
  };
  context.on('request', (request) => record(request.url()));
  context.on('page', (page) => page.on('websocket', (socket) => record(socket.url())));
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  context.on('weberror', (event) => complaints.push(String(event.error())));
  await context.route('**/*', (route) =>
    staysHere(route.request().url(), origin) ? route.continue() : route.abort(),
  );
  return { requested, foreign, complaints };
}

/** Data in a URL is no request to anybody. */
const staysHere = (url: string, origin: string): boolean => {
  const { protocol, origin: target } = new URL(url);
  return protocol === 'data:' || target === origin;
};

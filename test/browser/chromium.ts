import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;
const STEP_TIMEOUT_MS = 10_000;
const VIEWPORT = { width: 1280, height: 1000 };

/** Turns off the requests that the browser makes on its own. */
const QUIET = [
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];
/** A second barrier besides the route in `openPage`: only 127.0.0.1 resolves. */
const LOOPBACK_ONLY = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

/** Returns the path of CHROMIUM_PATH or of an installed Chromium; undefined if there is none. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  if (CHROMIUM_PATH) {
    if (isExecutable(CHROMIUM_PATH)) return CHROMIUM_PATH;
    throw new Error(`CHROMIUM_PATH is ${CHROMIUM_PATH}, which is not executable.`);
  }
  const candidates = PATH.split(delimiter).flatMap((folder) =>
    NAMES.map((name) => join(folder, name)),
  );
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Launches a browser without a window. It ends with this process. */
export const launchChromium = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [...QUIET, LOOPBACK_ONLY],
    // The sandbox does not work as root and in many containers. The browser loads only our pages.
    chromiumSandbox: false,
  });

export interface RecordedPage {
  readonly page: Page;
  /** The URL of every request, including blocked ones. */
  readonly requests: readonly string[];
  /** The requests to other origins. All were blocked. */
  readonly foreignRequests: readonly string[];
  /** Console errors, violations of the Content Security Policy, and uncaught exceptions. */
  readonly errors: readonly string[];
}

/** Opens a page that records its requests and errors, and that can reach only `origin`. */
export async function openPage(browser: Browser, origin: string): Promise<RecordedPage> {
  const requests: string[] = [];
  const foreignRequests: string[] = [];
  const errors: string[] = [];
  const context = await browser.newContext({ viewport: VIEWPORT, serviceWorkers: 'block' });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const record = (url: string): void => {
    requests.push(url);
    if (!isAllowed(url, origin)) foreignRequests.push(url);
  };
  context.on('request', (request) => record(request.url()));
  context.on('page', (page) => page.on('websocket', (socket) => record(socket.url())));
  context.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  context.on('weberror', (event) => errors.push(String(event.error())));
  await context.route('**/*', (route) =>
    isAllowed(route.request().url(), origin) ? route.continue() : route.abort(),
  );
  return { page: await context.newPage(), requests, foreignRequests, errors };
}

/**
 * Opens a page without a route: where requests are routed, Playwright itself answers the browser's
 * question whether a page may use another origin.
 */
export async function openPlainPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: VIEWPORT, serviceWorkers: 'block' });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  return context.newPage();
}

/** A data URL makes no request. */
const isAllowed = (url: string, origin: string): boolean => {
  const target = new URL(url);
  return target.protocol === 'data:' || target.origin === origin;
};

import { deepStrictEqual, ok } from 'node:assert';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { ensureBuilt } from '../../tools/build';
import { listenForStop } from '../../tools/stop-signal';
import { print, runTool, ToolError } from '../../tools/tool';
import { Checks } from './checks';
import { findChromium, launch } from './chromium';
import { type Input, type Operation, type Shown, SwaggerUi } from './swagger-ui';
import { withSystem } from './system';
import { type Traffic, watchTraffic } from './traffic';

/**
 * Uses Orders' /docs in a real browser as somebody new to it would: `npm run test:browser`, with
 * `-- --screenshot DIR` for a PNG of each step. Exit code 0: all is well; 1: something is not;
 * 2: there is no Chromium here, so nothing is known.
 */
const NO_CHROMIUM = 2;
const WITHIN_MS = 120_000;
const STEP_WITHIN_MS = 10_000;
const VIEWPORT = { width: 1280, height: 1000 };

const PLACE: Operation = { method: 'POST', path: '/v1/orders' };
const LOOK: Operation = { method: 'GET', path: '/v1/orders/{id}' };
const CANCEL: Operation = { method: 'POST', path: '/v1/orders/{id}/cancel' };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { screenshot: { type: 'string' } } });
  const chromium = await findChromium();
  if (!chromium) {
    print('NOT RUN: no Chromium found (set CHROMIUM_PATH)');
    process.exitCode = NO_CHROMIUM;
    return;
  }
  const { asked } = listenForStop();
  const signal = within(WITHIN_MS, asked);
  try {
    await ensureBuilt({ log: print, signal });
    process.exitCode = await withSystem(signal, (url) =>
      withBrowser(chromium, signal, (browser) => tryDocs(browser, url, signal, values.screenshot)),
    );
  } catch (error) {
    if (asked.aborted) throw new ToolError('Stopped.', { cause: error });
    if (!signal.aborted) throw error;
    throw new ToolError(`Not done within ${WITHIN_MS / 1_000} s.`, { cause: error });
  }
}

/**
 * Aborted by `asked`, or after so long. AbortSignal.any with AbortSignal.timeout would say it in a
 * line, but Node 20 forgets the time-out at the next garbage collection (nodejs/node#57736).
 */
function within(milliseconds: number, asked: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  asked.addEventListener('abort', abort);
  setTimeout(abort, milliseconds).unref();
  return controller.signal;
}

/** Closes the browser when told to stop, which ends whatever waits for a page. */
async function withBrowser<Result>(
  executablePath: string,
  signal: AbortSignal,
  work: (browser: Browser) => Promise<Result>,
): Promise<Result> {
  const browser = await launch(executablePath);
  const close = () => browser.close();
  signal.addEventListener('abort', () => void close().catch(() => undefined));
  try {
    return await work(browser);
  } finally {
    await close();
  }
}

async function tryDocs(
  browser: Browser,
  url: string,
  signal: AbortSignal,
  screenshots: string | undefined,
): Promise<number> {
  print(`Chromium ${browser.version()} at ${url}/docs`);
  const context = await browser.newContext({ viewport: VIEWPORT, serviceWorkers: 'block' });
  context.setDefaultTimeout(STEP_WITHIN_MS);
  const traffic = await watchTraffic(context, url);
  const ui = new SwaggerUi(await context.newPage());
  const checks = new Checks(signal);
  const step = await stepsWith(checks, ui, screenshots);
  await step('the page shows every endpoint', () => showsEveryEndpoint(ui, url));
  const id = await tryOrders(step, ui);
  for (const operation of await ui.operations()) {
    if (operation.method !== 'GET' || operation.path === LOOK.path) continue;
    const input = operation.path.includes('{id}') ? { parameters: { id } } : undefined;
    const how = input ? 'with that id' : 'as shown';
    const execute = async () => succeeds(await ui.execute(operation, input));
    await step(`GET ${operation.path} ${how}`, execute);
  }
  await checks.run('nothing is loaded from elsewhere', () => asksNobodyElse(traffic, url));
  await checks.run('the console has no error', () => complainsOfNothing(traffic));
  return checks.end();
}

type Step = Checks['run'];

/** Checks, each followed by a picture of what it left on the page. */
async function stepsWith(checks: Checks, ui: SwaggerUi, folder?: string): Promise<Step> {
  if (folder === undefined) return (name, check) => checks.run(name, check);
  await mkdir(folder, { recursive: true });
  let count = 0;
  return async (name, check) => {
    await checks.run(name, check);
    const title = name.match(/[A-Za-z0-9]+/g)?.join('-');
    await ui.screenshot(join(folder, `${String(++count).padStart(2, '0')}-${title}.png`));
  };
}

async function showsEveryEndpoint(ui: SwaggerUi, url: string): Promise<string> {
  await ui.open(`${url}/docs`);
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, object>;
  };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const shown = (await ui.operations()).map(({ method, path }) => `${method} ${path}`);
  deepStrictEqual(shown.sort(), described.sort());
  return `${shown.length} of them`;
}

/** Gives the id of an order that has ended, so that its live events end as well. */
async function tryOrders(step: Step, ui: SwaggerUi): Promise<string> {
  let id = '';
  await step('POST /v1/orders as shown', async () => {
    const order = await confirmed(ui, '201', PLACE);
    id = order.id;
    return `201 CONFIRMED, order ${id}`;
  });
  await step('GET /v1/orders/{id} with that id', async () => {
    ok(id, 'there is no order to look at');
    const order = await confirmed(ui, '200', LOOK, { parameters: { id } });
    ok(order.id === id, `it shows order ${order.id}`);
    return '200 CONFIRMED';
  });
  await step("POST /v1/orders, example 'several items', as shown", async () => {
    const { items } = await confirmed(ui, '201', PLACE, { example: 'several items' });
    ok(items.length > 1, `it ordered ${JSON.stringify(items)}`);
    return `201 CONFIRMED, ${items.length} items`;
  });
  await step('POST /v1/orders/{id}/cancel with that id', async () =>
    succeeds(await ui.execute(CANCEL, { parameters: { id } })),
  );
  return id;
}

interface OrderBody {
  readonly id: string;
  readonly status: string;
  readonly items: readonly object[];
}

async function confirmed(
  ui: SwaggerUi,
  status: string,
  operation: Operation,
  input?: Input,
): Promise<OrderBody> {
  const shown = await ui.execute(operation, input);
  const seen = inWords(shown);
  ok(shown.status === status, `expected ${status}, but ${seen}`);
  const order = JSON.parse(shown.body) as OrderBody;
  ok(order.status === 'CONFIRMED', `expected CONFIRMED, but ${seen}`);
  return order;
}

function succeeds(shown: Shown): string {
  ok(/^2\d\d$/.test(shown.status), `expected 2xx, but ${inWords(shown)}`);
  const { pathname, search } = new URL(shown.requestUrl);
  return `${shown.status} at ${pathname}${search}`;
}

const inWords = ({ requestUrl, status, body }: Shown): string =>
  `${requestUrl} shows ${status}: ${body.replaceAll(/\s+/g, ' ')}`;

function asksNobodyElse({ requested, foreign }: Traffic, url: string): string {
  ok(foreign.length === 0, `asked for ${foreign.join(', ')}`);
  // Had nothing been recorded, nothing would be known.
  ok(requested.includes(`${url}/docs`), 'the requests were not recorded');
  return `${requested.length} requests, all to ${url}`;
}

function complainsOfNothing({ complaints }: Traffic): string {
  ok(complaints.length === 0, complaints.join(' | '));
  return 'and the Content Security Policy had nothing to stop';
}

runTool(main);

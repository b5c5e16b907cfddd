import type { Browser, Locator, Page } from 'playwright-core';
import { SAMPLE_STOCK } from '../../tools/launch-settings';
import { startCluster } from '../harness/start-cluster';
import type { ServiceCluster } from '../harness/service-cluster';
import { findChromium, launchChromium, openPage, type RecordedPage } from './chromium';

/** Uses the Swagger UI that Orders serves at /docs in Chromium: `npm run test:browser`. */
const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn('NOT RUN: the browser test found no Chromium. CHROMIUM_PATH can name one.');
}
const describeInBrowser = executablePath === undefined ? describe.skip : describe;

/** All reads, except those of one webhook or API key: there is none whose id the page could fill in. */
const READS =
  '.opblock-get:not(:has([data-path^="/v1/webhooks/{id}"], [data-path^="/v1/api-keys/{id}"]))';

/** Sends the request of an endpoint as the page fills it in. Returns the status of the response. */
const execute = async (endpoint: Locator): Promise<string> => {
  await endpoint.locator('.opblock-summary-control').click();
  await endpoint.getByRole('button', { name: 'Execute' }).click();
  const status = endpoint.locator('.live-responses-table tr.response .response-col_status');
  return (await status.innerText()).slice(0, 3);
};

const placingOf = (page: Page) =>
  page
    .locator('.opblock-post')
    .filter({ has: page.locator('.opblock-summary-path[data-path="/v1/orders"]') });

describeInBrowser('/docs', () => {
  let cluster: ServiceCluster;
  let browser: Browser;
  let recorded: RecordedPage;

  beforeAll(async () => {
    cluster = await startCluster({ INVENTORY_SEED_STOCK: SAMPLE_STOCK });
    browser = await launchChromium(executablePath ?? '');
    recorded = await openPage(browser, cluster.orders.url);
    await recorded.page.goto(`${cluster.orders.url}/docs`);
    await recorded.page.locator('.opblock').first().waitFor();
  });

  afterAll(async () => {
    await browser.close();
    await cluster.stop();
  });

  it('shows every endpoint of the OpenAPI document', async () => {
    const { body } = await cluster.client.get<{ paths: Record<string, object> }>('/openapi.json');
    const documented = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const blocks = await recorded.page.locator('.opblock').all();
    const shown = await Promise.all(
      blocks.map(async (block) => {
        const path = await block.locator('.opblock-summary-path').getAttribute('data-path');
        return `${await block.locator('.opblock-summary-method').innerText()} ${path}`;
      }),
    );
    expect(shown.sort()).toEqual(documented.sort());
  });

  it('places the order of the example again and again through "Try it out", which is open by default', async () => {
    const { page } = recorded;
    const endpoint = placingOf(page);
    await endpoint.locator('.opblock-summary-control').click();
    await endpoint.getByRole('button', { name: 'Execute' }).click();

    const response = endpoint.locator('.live-responses-table tr.response');
    expect(await response.locator('.response-col_status').innerText()).toMatch(/^201\b/);
    const shown = await response.locator('.response-col_description pre').first().innerText();
    const { id } = JSON.parse(shown) as { id: string };
    expect((await cluster.client.get(`/v1/orders/${id}`)).body.status).toBe('CONFIRMED');
    for (let count = 2; count <= 10; count += 1) {
      const answered = page.waitForResponse((each) => each.request().method() === 'POST');
      await endpoint.getByRole('button', { name: 'Execute' }).click();
      expect((await answered).status()).toBe(201);
    }
  });

  it('fills in all that is required, and each request ends by itself', async () => {
    const { page } = recorded;
    await page.reload();
    await page.locator('.opblock').first().waitFor();
    const statuses: Record<string, string> = {};
    for (const endpoint of await page.locator(READS).all()) {
      const path = await endpoint.locator('.opblock-summary-path').getAttribute('data-path');
      statuses[String(path)] = await execute(endpoint);
    }
    expect(Object.keys(statuses)).toContain('/v1/order-events');
    expect(new Set(Object.values(statuses))).toEqual(new Set(['200']));
  }, 120_000);

  it('sends no request to another host and logs no error', () => {
    expect(recorded.requests).toContain(`${cluster.orders.url}/docs`);
    expect(recorded.foreignRequests).toEqual([]);
    expect(recorded.errors).toEqual([]);
  });
});

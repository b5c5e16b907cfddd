import type { Browser, Locator, Page } from 'playwright-core';
import { IdentityProvider } from '../harness/identity-provider';
import { startCluster } from '../harness/start-cluster';
import type { ServiceCluster } from '../harness/service-cluster';
import { findChromium, launchChromium, openPage } from './chromium';

/** Uses "Authorize" of the Swagger UI at /docs in Chromium: `npm run test:browser`. */
const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn('NOT RUN: the browser test found no Chromium. CHROMIUM_PATH can name one.');
}
const describeInBrowser = executablePath === undefined ? describe.skip : describe;

const operation = (page: Page, method: string, path: string): Locator =>
  page
    .locator(`.opblock-${method}`)
    .filter({ has: page.locator(`.opblock-summary-path[data-path="${path}"]`) });

const execute = async (page: Page, endpoint: Locator): Promise<number> => {
  const answered = page.waitForResponse((each) => new URL(each.url()).pathname.startsWith('/v1/'));
  await endpoint.getByRole('button', { name: 'Execute' }).click();
  return (await answered).status();
};

describeInBrowser('/docs of an Orders that requires authentication', () => {
  let provider: IdentityProvider;
  let cluster: ServiceCluster;
  let browser: Browser;

  beforeAll(async () => {
    provider = await IdentityProvider.start();
    cluster = await startCluster(provider.settings);
    browser = await launchChromium(executablePath ?? '');
  });

  afterAll(async () => {
    await browser.close();
    await cluster.stop();
    await provider.stop();
  });

  it('sends the token of "Authorize", and says which scopes an operation needs', async () => {
    const { page } = await openPage(browser, cluster.orders.url);
    await page.goto(`${cluster.orders.url}/docs`);
    const list = operation(page, 'get', '/v1/orders');
    await list.locator('.opblock-summary-control').click();
    expect(await list.locator('.opblock-description').innerText()).toContain(
      'Scope: customer or staff.',
    );
    expect(await execute(page, list)).toBe(401);

    await page.locator('.auth-wrapper .authorize').first().click();
    const scheme = page.locator('.auth-container').filter({ hasText: 'JWT' });
    await scheme.locator('input').fill(provider.token('u-1', 'customer'));
    await scheme.getByRole('button', { name: 'Apply credentials' }).click();
    await page.locator('.modal-ux .close-modal').click();
    expect(await execute(page, list)).toBe(200);
  });
});

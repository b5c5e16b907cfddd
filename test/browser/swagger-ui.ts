import type { Locator, Page } from 'playwright-core';

export interface Operation {
  /** As it is shown: in capitals. */
  readonly method: string;
  readonly path: string;
}

export interface Input {
  /** The name of a request example; without it, the one that is shown. */
  readonly example?: string;
  /** What to type, by parameter. All others stay as they are shown. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** What a reader sees after pressing Execute. */
export interface Shown {
  readonly requestUrl: string;
  /** Such as `201`; a status that the description does not mention is followed by `Undocumented`. */
  readonly status: string;
  readonly body: string;
}

/** Swagger UI as a person uses it: what is not on the page cannot be seen or done. */
export class SwaggerUi {
  private latest: Locator | undefined;

  constructor(private readonly page: Page) {}

  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.locator('.opblock').first().waitFor();
  }

  async operations(): Promise<Operation[]> {
    const blocks = await this.page.locator('.opblock').all();
    return Promise.all(
      blocks.map(async (block) => ({
        method: await block.locator('.opblock-summary-method').innerText(),
        path: (await block.locator('.opblock-summary-path').getAttribute('data-path')) ?? '',
      })),
    );
  }

  async execute(operation: Operation, { example, parameters = {} }: Input = {}): Promise<Shown> {
    const block = this.block(operation);
    this.latest = block;
    await this.expand(block);
    if (example)
      await block
        .locator('.opblock-section-request-body .examples-select-element')
        .selectOption({ label: example });
    for (const [name, value] of Object.entries(parameters)) {
      await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
    }
    await block.getByRole('button', { name: 'Execute' }).click();
    const answer = block.locator('.live-responses-table tr.response');
    await answer.waitFor();
    const status = await answer.locator('.response-col_status').innerText();
    return {
      requestUrl: await block.locator('.request-url pre').innerText(),
      status: status.replaceAll(/\s+/g, ' ').trim(),
      body: await answer.locator('.response-col_description pre').first().innerText(),
    };
  }

  /** Of the endpoint that was tried last; before the first, of the whole page. */
  async screenshot(path: string): Promise<void> {
    if (this.latest) await this.latest.screenshot({ path });
    else await this.page.screenshot({ path, fullPage: true });
  }

  private block({ method, path }: Operation): Locator {
    const { page } = this;
    return page
      .locator('.opblock')
      .filter({ has: page.locator('.opblock-summary-method', { hasText: method }) })
      .filter({ has: page.locator(`.opblock-summary-path[data-path="${path}"]`) });
  }

  /** Open, ready to be tried, and without the answer of an earlier try. */
  private async expand(block: Locator): Promise<void> {
    const execute = block.getByRole('button', { name: 'Execute' });
    const tryItOut = block.getByRole('button', { name: 'Try it out' });
    if (!(await block.getAttribute('class'))?.includes('is-open')) {
      await block.locator('.opblock-summary-control').click();
    }
    await execute.or(tryItOut).first().waitFor();
    if (await tryItOut.isVisible()) await tryItOut.click();
    const clear = block.getByRole('button', { name: 'Clear' });
    if (await clear.isVisible()) await clear.click();
    await block.locator('.live-responses-table').waitFor({ state: 'detached' });
  }
}

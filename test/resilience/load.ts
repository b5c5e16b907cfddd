import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { times } from '../harness/wait';

/** What one request came to. `code` is 0 where there was no answer at all. */
export interface Sample {
  readonly startedMs: number;
  readonly tookMs: number;
  readonly code: number;
  readonly id?: string;
  /** What a problem is called. */
  readonly reason?: string;
  readonly key: string;
  /** What the answer asked for before the next request. 0 where it asked for nothing. */
  readonly retryAfterMs: number;
}

export interface LoadOptions {
  readonly clients: number;
  readonly skus: readonly string[];
  /** Where the next request goes. */
  readonly to: () => string;
  /** Whether a client that was refused waits as `Retry-After` asks. Not unless told. */
  readonly isPolite?: boolean;
}

const REQUEST_TIMEOUT_MS = 20_000;

/** Clients that place orders one after another, each with a key of its own, and note the answers. */
export class Load {
  readonly samples: Sample[] = [];
  private readonly agent = new Agent({
    keepAlive: true,
    maxSockets: Infinity,
    maxFreeSockets: Infinity,
  });
  private stopped = false;
  private made = 0;
  private done: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly name: string,
    private readonly options: LoadOptions,
  ) {}

  static start(name: string, options: LoadOptions): Load {
    const load = new Load(name, options);
    load.done = Promise.all(times(options.clients, () => load.keepPlacing()));
    return load;
  }

  /** Resolves when every client has its last answer. */
  async stop(): Promise<readonly Sample[]> {
    this.stopped = true;
    await this.done;
    this.agent.destroy();
    return this.samples;
  }

  /** Those that were sent in this span of time. */
  between(fromMs: number, toMs: number): readonly Sample[] {
    return this.samples.filter(({ startedMs }) => startedMs >= fromMs && startedMs < toMs);
  }

  private async keepPlacing(): Promise<void> {
    while (!this.stopped) {
      this.made += 1;
      const { skus, isPolite } = this.options;
      const sku = skus[this.made % skus.length] ?? 'none';
      const sample = await this.place(sku, `${this.name}-${this.made}`);
      this.samples.push(sample);
      if (sample.code === 503 && isPolite) await sleep(sample.retryAfterMs);
      if (sample.code === 0) await sleep(10);
    }
  }

  private place(sku: string, key: string): Promise<Sample> {
    const startedMs = performance.now();
    const body = JSON.stringify({ userId: 'reliability', sku, quantity: 1 });
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'Idempotency-Key': key,
    };
    return new Promise((resolve) => {
      const end = (code: number, text = '', retryAfterSeconds = 0): void => {
        const [, id] = /"(?:id|orderId)":"([0-9a-f-]{36})"/.exec(text) ?? [];
        const [, reason] = /"reason":"([A-Z_]+)"/.exec(text) ?? [];
        const tookMs = performance.now() - startedMs;
        const retryAfterMs = retryAfterSeconds * 1_000;
        resolve({ startedMs, tookMs, code, id, reason, key, retryAfterMs });
      };
      const { agent } = this;
      const options = { agent, method: 'POST', headers, timeout: REQUEST_TIMEOUT_MS };
      const sent = request(`${this.options.to()}/v1/orders`, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const { statusCode = 0, headers } = answer;
          end(statusCode, Buffer.concat(chunks).toString(), Number(headers['retry-after'] ?? 0));
        });
        answer.on('error', () => end(0));
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => end(0));
      sent.end(body);
    });
  }
}

/** How long each request took. */
export const durationsOf = (samples: readonly Sample[]): number[] =>
  samples.map(({ tookMs }) => tookMs);

export const countOf = (samples: readonly Sample[], is: (code: number) => boolean): number =>
  samples.filter(({ code }) => is(code)).length;

import { Agent, type IncomingMessage, request } from 'node:http';
import { SAFE_METHODS } from './api-document';
import type { HttpRequest } from './http-inputs';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The client has ended a stream that the server would have continued. */
  readonly isCut: boolean;
}

/** How long a client follows a stream. */
const STREAM_MS = 150;
/** Longer than any answer may take, also of a request that waits for its turn. */
const ANSWER_TIMEOUT_MS = 60_000;

/** Sends requests as they are, on connections that stay open. */
export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(private readonly address: URL) {}

  /** Rejects where the server gives no answer. */
  send({ method, target, headers, body }: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.address;
      const isKnown = (name: string): boolean =>
        headers.some(([each]) => each.toLowerCase() === name);
      const flat = [
        ...(isKnown('host') ? [] : ['Host', this.address.host]),
        ...(body || !SAFE_METHODS.includes(method)
          ? ['Content-Length', String(body?.length ?? 0)]
          : []),
        ...headers.flat(),
      ];
      const call = request(
        { agent: this.agent, hostname, port, method, path: target, headers: flat, setHost: false },
        (response) => {
          read(response).then(resolve, reject);
        },
      );
      call.setTimeout(ANSWER_TIMEOUT_MS, () => call.destroy(new Error('no answer in time')));
      call.on('error', reject);
      call.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

const read = (response: IncomingMessage): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let isCut = false;
    const answer = (): void =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: Buffer.concat(chunks).toString(),
        isCut,
      });
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('end', answer);
    response.once('error', (error) => (isCut ? answer() : reject(error)));
    if (!String(response.headers['content-type']).startsWith('text/event-stream')) return;
    const cut = setTimeout(() => {
      isCut = true;
      response.destroy();
      answer();
    }, STREAM_MS);
    response.once('close', () => clearTimeout(cut));
  });

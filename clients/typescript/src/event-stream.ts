import {
  UnansweredRequestError,
  errorOf,
  isProblem,
  type Problem,
  ProblemError,
} from './problem.js';
import { sleep } from './retry.js';
import { type ServerSentEvent, ServerSentEventParser } from './sse-parser.js';

/** An event, and the id after which a later stream continues with the next one. */
export interface StreamEvent<Data> {
  readonly id: string;
  readonly data: Data;
}

export interface StreamOptions {
  /** The id of the last event that was processed. The stream continues after it. */
  readonly lastEventId?: string | undefined;
  /** Ends the stream without an error. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends a request for the stream, and returns its response whatever its status. */
export type OpenStream = (lastEventId: string, signal: AbortSignal) => Promise<Response>;

/** The service sends a comment every 10 s. After this time without a byte the connection is lost. */
const SILENCE_TIMEOUT_MS = 30_000;
const DEFAULT_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/** The stream is complete, and there is nothing to reconnect for. */
const NO_CONTENT = 204;

/**
 * Yields the events of a stream, each once and in their order. When the connection is lost, or the service
 * is not available, it connects again and continues after the last event, for as long as that takes. Ends
 * when the service has no further event, or when `signal` aborts. Throws the problem if the service rejects
 * the stream, or can no longer continue it.
 */
export async function* followEvents<Data>(
  open: OpenStream,
  { lastEventId = '', signal }: StreamOptions,
): AsyncGenerator<StreamEvent<Data>, void, undefined> {
  let id = lastEventId;
  let retryMs = DEFAULT_RETRY_MS;
  const isStopped = (): boolean => signal?.aborted === true;
  for (let failures = 0; !isStopped(); failures += 1) {
    const connection = new StreamConnection(open, signal);
    try {
      for await (const event of connection.events(id)) {
        failures = 0;
        retryMs = connection.retryMs ?? retryMs;
        if (event.type === 'error') throw new ProblemError(JSON.parse(event.data ?? '') as Problem);
        if (event.id !== '') id = event.id;
        if (event.data !== undefined) yield { id, data: JSON.parse(event.data) as Data };
      }
      if (connection.isComplete) return;
    } catch (error) {
      if (isStopped()) return;
      if (!isWorthRetrying(error)) throw error;
    } finally {
      connection.close();
    }
    const waitMs = Math.min(MAX_RETRY_MS, retryMs * 2 ** Math.min(failures, 5));
    await sleep(waitMs, signal).catch(() => undefined);
  }
}

const isWorthRetrying = (error: unknown): boolean =>
  error instanceof UnansweredRequestError || (isProblem(error) && error.problem.status === 503);

/** One connection of a stream. */
class StreamConnection {
  /** What the server asks for. */
  retryMs: number | undefined;
  /** The service has no further event, now or later. */
  isComplete = false;
  private readonly closed = new AbortController();
  private readonly signal: AbortSignal;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly open: OpenStream,
    signal: AbortSignal | undefined,
  ) {
    const signals = signal ? [this.closed.signal, signal] : [this.closed.signal];
    this.signal = AbortSignal.any(signals);
  }

  /** Yields what arrives after an event, until the connection ends. */
  async *events(lastEventId: string): AsyncGenerator<ServerSentEvent, void, undefined> {
    this.watch();
    const response = await this.open(lastEventId, this.signal);
    this.isComplete = response.status === NO_CONTENT;
    if (!response.ok) throw await errorOf(response);
    const parser = new ServerSentEventParser();
    const decoder = new TextDecoder();
    for await (const bytes of chunksOf(response)) {
      this.watch();
      const events = parser.push(decoder.decode(bytes, { stream: true }));
      this.retryMs = parser.retryMs;
      yield* events;
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.closed.abort();
  }

  private watch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.closed.abort(), SILENCE_TIMEOUT_MS);
  }
}

/** By its reader, because not every browser can iterate over a stream. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body?.getReader();
  for (;;) {
    const chunk = await reader?.read().catch((cause: unknown) => {
      throw new UnansweredRequestError('The stream was interrupted.', { cause });
    });
    if (!chunk || chunk.done) return;
    yield chunk.value;
  }
}

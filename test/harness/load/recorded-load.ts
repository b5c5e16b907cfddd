import { times } from '../wait';
import { type Caller, UNANSWERED_PAUSE_MS } from './caller';
import { closedLoop } from './loops';
import { OrderConnections, orderRequest } from './order-caller';

/** What one request returned. */
export interface Sample {
  readonly startedMs: number;
  readonly tookMs: number;
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Of the order. */
  readonly id?: string;
}

export interface RecordedLoadOptions {
  readonly clients: number;
  readonly skus: readonly string[];
  /** Returns host:port for the next request. */
  readonly to: () => string;
}

type Recorded = Pick<Sample, 'status' | 'id'>;

/** Clients in this process that place orders one after another and keep a sample of every answer. */
export class RecordedLoad {
  readonly samples: Sample[] = [];
  private stopped = false;
  private sequence = 0;
  private done: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly name: string,
    private readonly options: RecordedLoadOptions,
  ) {}

  /** Starts at once. Each order has a key of its own, made of the name. */
  static start(name: string, options: RecordedLoadOptions): RecordedLoad {
    const load = new RecordedLoad(name, options);
    load.done = load.run();
    return load;
  }

  /** Returns all samples when every client has its last answer. */
  async stop(): Promise<readonly Sample[]> {
    this.stopped = true;
    await this.done;
    return this.samples;
  }

  /** Returns the samples of requests that were sent in this span of time. */
  between(fromMs: number, toMs: number): readonly Sample[] {
    return this.samples.filter(({ startedMs }) => startedMs >= fromMs && startedMs < toMs);
  }

  private async run(): Promise<void> {
    const connections = times(this.options.clients, () => new OrderConnections());
    const callers = connections.map((each): Caller<Recorded> => ({ call: () => this.place(each) }));
    await closedLoop(
      callers,
      () => this.stopped,
      (startedMs, endedMs, recorded) => {
        this.samples.push({ ...recorded, startedMs, tookMs: endedMs - startedMs });
        return recorded.status === 0 ? UNANSWERED_PAUSE_MS : undefined;
      },
    );
    for (const each of connections) each.close();
  }

  private async place(connections: OrderConnections): Promise<Recorded> {
    this.sequence += 1;
    const { skus, to } = this.options;
    const sku = skus[this.sequence % skus.length] ?? 'none';
    const address = to();
    const request = orderRequest(address, [sku], { key: `${this.name}-${this.sequence}` });
    const { status, body } = await connections.send(address, request);
    const [, id] = /"(?:id|orderId)":"([0-9a-f-]{36})"/.exec(body) ?? [];
    return id === undefined ? { status } : { status, id };
  }
}

/** How long each request took. */
export const durationsOf = (samples: readonly Sample[]): number[] =>
  samples.map(({ tookMs }) => tookMs);

export const countOf = (samples: readonly Sample[], is: (status: number) => boolean): number =>
  samples.filter(({ status }) => is(status)).length;

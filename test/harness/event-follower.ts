import { eventually } from './wait';

/** One event of a timeline. */
export interface TimelineEvent {
  readonly seq: number;
  readonly event: string;
  readonly status: string;
  readonly attempt?: number;
  readonly durationMs?: number;
  readonly reason?: string;
  readonly occurredAt: string;
}

/** Reads a stream of events, as an `EventSource` does. */
export class EventFollower<Event = TimelineEvent> {
  readonly events: Event[] = [];
  readonly ids: string[] = [];
  /** The data of the events named `error`. */
  readonly errors: object[] = [];
  ended = false;
  private readonly gone = new AbortController();

  /** Follows one order. */
  static of(baseUrl: string, id: string, lastEventId?: string): Promise<EventFollower> {
    return EventFollower.at(`${baseUrl}/v1/orders/${id}/events`, lastEventId);
  }

  static async at<Event>(
    url: string,
    lastEventId?: string,
    token?: string,
  ): Promise<EventFollower<Event>> {
    const follower = new EventFollower<Event>();
    const response = await fetch(url, {
      headers: {
        Accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
      signal: follower.gone.signal,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    void follower.read(response).catch(() => undefined);
    return follower;
  }

  stop(): void {
    this.gone.abort();
  }

  until(howMany: number): Promise<unknown> {
    return eventually(`${howMany} events came`, () =>
      Promise.resolve(this.events.length >= howMany),
    );
  }

  untilEnd(): Promise<unknown> {
    return eventually('the stream has ended', () => Promise.resolve(this.ended));
  }

  private async read(response: Response): Promise<void> {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block.split('\n'));
    }
    this.ended = true;
  }

  private take(lines: readonly string[]): void {
    const into: unknown[] = lines.includes('event: error') ? this.errors : this.events;
    for (const line of lines) {
      if (line.startsWith('id: ')) this.ids.push(line.slice(4));
      if (line.startsWith('data: ')) into.push(JSON.parse(line.slice(6)));
    }
  }
}

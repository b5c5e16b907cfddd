import { percentile } from './figures';

/** How long after the begin of its transaction each event arrives at a follower of the event log. */
export class EventDelays {
  private readonly delaysMs: number[] = [];
  private readonly gone = new AbortController();

  /** Follows the event log at a URL from now on. */
  static async of(url: string): Promise<EventDelays> {
    const delays = new EventDelays();
    const response = await fetch(url, {
      headers: { Accept: 'text/event-stream' },
      signal: delays.gone.signal,
    });
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
    void delays.read(response).catch(() => undefined);
    return delays;
  }

  get count(): number {
    return this.delaysMs.length;
  }

  /** The delay that a part of the events, 0 to 1, did not exceed. */
  percentileMs(part: number): number {
    return percentile(this.delaysMs, part);
  }

  stop(): Promise<void> {
    this.gone.abort();
    return Promise.resolve();
  }

  private async read(response: Response): Promise<void> {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: ')) this.record(line.slice(6));
    }
  }

  private record(data: string): void {
    const { time } = JSON.parse(data) as { readonly time: string };
    this.delaysMs.push(Date.now() - Date.parse(time));
  }
}

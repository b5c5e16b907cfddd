/** One event of a stream, or a change of the position alone, which has no data. */
export interface ServerSentEvent {
  readonly type: string;
  readonly id: string;
  readonly data: string | undefined;
}

/**
 * Parses a stream of server-sent events as the HTML standard says, chunk by chunk. Also reports an id that
 * comes without data: it is a position to resume at. The package `eventsource-parser` drops such an id in
 * version 3, and needs Node 22.12 in version 4.
 */
export class ServerSentEventParser {
  /** How long the server asks to wait before the client connects again. */
  retryMs: number | undefined;
  private rest = '';
  private isFirst = true;
  private id = '';
  private type = '';
  private data: string[] = [];

  /** Returns the events that a chunk completes. */
  push(chunk: string): ServerSentEvent[] {
    let text = this.rest + chunk;
    if (this.isFirst && text !== '') {
      text = text.replace(/^\ufeff/, '');
      this.isFirst = false;
    }
    // A CR at the end may be the first half of a CRLF.
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? '') + text.slice(end);
    return lines.flatMap((line) => this.take(line));
  }

  private take(line: string): ServerSentEvent[] {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return [];
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.type = value;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    return [];
  }

  private dispatch(): ServerSentEvent[] {
    const { id, type, data } = this;
    this.type = '';
    this.data = [];
    return [{ id, type: type || 'message', data: data.length > 0 ? data.join('\n') : undefined }];
  }
}

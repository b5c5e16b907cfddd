import type { ClientReadableStream, StatusObject } from '@grpc/grpc-js';
import type { InventoryEvent, StreamEventsResponse } from '@app/contracts';
import { errorInfo } from './stock-watch';
import { eventually } from './wait';

/** The end of a stream as its client receives it. */
interface StreamEnd {
  readonly code: number;
  readonly message: string;
  readonly reason: string | undefined;
}

/** One StreamEvents call. Collects its events. */
export class InventoryEventStream {
  readonly events: InventoryEvent[] = [];
  /** Where it resumes: the position of the last message. */
  position: string | undefined;
  heartbeats = 0;
  end: StreamEnd | undefined;
  private firstPosition: string | undefined;
  private isRead = false;

  constructor(private readonly call: ClientReadableStream<StreamEventsResponse>) {
    call.on('end', () => (this.isRead = true));
    call.on('data', ({ position, event }: StreamEventsResponse) => {
      this.position = position;
      this.firstPosition ??= position;
      if (event) this.events.push(event);
      else this.heartbeats += 1;
    });
    call.on('error', () => undefined);
    call.on('status', ({ code, details, metadata }: StatusObject) => {
      this.end = { code, message: details, reason: errorInfo(metadata)?.reason };
    });
  }

  get ids(): string[] {
    return this.events.map(({ eventId }) => eventId);
  }

  /** Waits for the first message, which has the position at which it begins. */
  begun(): Promise<string> {
    return eventually('the stream has begun', () => {
      if (this.end) throw new Error(`The stream has ended: ${JSON.stringify(this.end)}`);
      return this.firstPosition;
    });
  }

  /** Waits until it has ended and all messages are read. */
  ended(): Promise<StreamEnd> {
    return eventually('the stream ends', () => (this.isRead ? this.end : undefined));
  }

  /** Reads nothing until it is resumed. */
  pause(): void {
    this.call.pause();
  }

  resume(): void {
    this.call.resume();
  }

  cancel(): void {
    this.call.cancel();
  }
}

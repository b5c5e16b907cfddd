import {
  type AssignedPartition,
  type CommandSource,
  type IncomingMessage,
  type MessageBroker,
} from '@app/events';

export interface ConsumedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly orderId: string;
  readonly idempotencyKey?: string;
}

const positionOf = ({ headers }: IncomingMessage): number =>
  Number(headers.get('ce_logposition')?.toString());

/** Reads a topic as the docs recommend: ignores a message unless its position is a later one of its key. */
export class EventsConsumer {
  /** The events that were not ignored, by their ids. */
  readonly events = new Map<string, ConsumedEvent>();
  /** Messages in all. */
  received = 0;
  /** Events that came for the first time after a later one of their key. */
  outOfOrder = 0;
  private readonly lastOf = new Map<string, number>();
  private readonly stopping = new AbortController();
  private readonly source: CommandSource;
  private done: Promise<void> = Promise.resolve();

  constructor(broker: MessageBroker, topic: string) {
    this.source = broker.openSource({ groupId: 'test-consumer', topics: [topic] });
  }

  start(): void {
    this.done = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.source.run((partition) => this.consume(partition), signal).catch(() => undefined);
    }
  }

  private async consume(partition: AssignedPartition): Promise<void> {
    for (;;) {
      const messages = await partition.read();
      const last = messages.at(-1);
      if (!last) return;
      for (const message of messages) this.receive(message);
      await partition.commit(last.offset + 1n).catch(() => undefined);
    }
  }

  private receive(message: IncomingMessage): void {
    this.received += 1;
    const event = JSON.parse(String(message.value)) as ConsumedEvent;
    const key = String(message.key);
    const position = positionOf(message);
    if (position > (this.lastOf.get(key) ?? 0)) {
      this.lastOf.set(key, position);
      this.events.set(event.eventId, event);
    } else if (!this.events.has(event.eventId)) this.outOfOrder += 1;
  }
}

import type { AssignedPartition } from '../messaging/command-source';
import { BrokerUnavailable, type IncomingMessage } from '../messaging/message';

/** Sends the commit of one partition to the broker. */
export type CommitOffset = (topic: string, partition: number, offset: bigint) => Promise<void>;

/** A partition of Kafka while it belongs to this member. It holds one fetched page at a time. */
export class KafkaPartition implements AssignedPartition {
  private readonly ownership = new AbortController();
  private page: readonly IncomingMessage[] = [];
  private deliver: (() => void) | undefined;

  constructor(
    readonly topic: string,
    readonly partition: number,
    /** The offset after the messages that were fetched. */
    public nextOffset: bigint,
    private readonly commitOffset: CommitOffset,
    /** Called when `read` waits for a page. */
    private readonly onWanting: () => void,
  ) {}

  get revoked(): AbortSignal {
    return this.ownership.signal;
  }

  /** Whether `read` waits for messages, so that the next fetch should include this partition. */
  get isWanting(): boolean {
    return this.deliver !== undefined;
  }

  async read(): Promise<readonly IncomingMessage[]> {
    while (this.page.length === 0 && !this.revoked.aborted) {
      await new Promise<void>((resolve) => {
        this.deliver = resolve;
        this.onWanting();
      });
    }
    if (this.revoked.aborted) return [];
    const { page } = this;
    this.page = [];
    return page;
  }

  async commit(nextOffset: bigint): Promise<void> {
    if (this.revoked.aborted)
      throw new BrokerUnavailable('the partition belongs to another member');
    await this.commitOffset(this.topic, this.partition, nextOffset);
  }

  /** Takes what a fetch has returned from `nextOffset` on. */
  receive(messages: readonly IncomingMessage[], nextOffset: bigint): void {
    this.nextOffset = nextOffset;
    this.page = messages;
    if (messages.length > 0) this.wake();
  }

  revoke(): void {
    this.ownership.abort();
    this.wake();
  }

  private wake(): void {
    const { deliver } = this;
    this.deliver = undefined;
    deliver?.();
  }
}

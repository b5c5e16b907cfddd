import {
  type AssignedPartition,
  BrokerUnavailable,
  type CommandSource,
  type IncomingMessage,
} from '@app/events';

const PAGE_SIZE = 10;

/** The part of a broker that its groups use. */
export interface PartitionLogs {
  partitionsOf(topic: string): IncomingMessage[][];
  reach(): Promise<void>;
  onAppend(listener: () => void): void;
}

type Consume = (partition: AssignedPartition) => Promise<void>;

/** A consumer group of an in-memory broker. */
export class InMemoryGroup {
  private readonly committed = new Map<string, bigint>();
  private members: InMemoryMember[] = [];

  constructor(
    private readonly broker: PartitionLogs,
    private readonly topics: readonly string[],
  ) {}

  openMember(): InMemoryMember {
    return new InMemoryMember(this, this.broker);
  }

  join(member: InMemoryMember): void {
    this.members = [...this.members, member];
    this.rebalance();
  }

  leave(member: InMemoryMember): void {
    this.members = this.members.filter((each) => each !== member);
    member.revokeAll();
    this.rebalance();
  }

  committedOf(topic: string, partition: number): bigint {
    return this.committed.get(`${topic}/${partition}`) ?? 0n;
  }

  commit(topic: string, partition: number, offset: bigint): void {
    this.committed.set(`${topic}/${partition}`, offset);
  }

  /** Takes all partitions from all members, as the classic protocol does, and divides them anew. */
  rebalance(): void {
    for (const member of this.members) member.revokeAll();
    const all = this.topics.flatMap((topic) =>
      this.broker.partitionsOf(topic).map((_, partition) => ({ topic, partition })),
    );
    for (const [index, { topic, partition }] of all.entries()) {
      this.members[index % this.members.length]?.assign(topic, partition);
    }
  }
}

/** A member whose process can be killed. */
export class InMemoryMember implements CommandSource {
  private consume: Consume | undefined;
  private partitions: InMemoryPartition[] = [];
  private readonly consuming = new Map<string, Promise<void>>();
  private isKilled = false;
  private lose: (error: Error) => void = () => undefined;

  constructor(
    private readonly group: InMemoryGroup,
    private readonly broker: PartitionLogs,
  ) {}

  async run(consume: Consume, signal: AbortSignal): Promise<void> {
    await this.broker.reach();
    if (this.isKilled) throw new BrokerUnavailable('this process is dead');
    this.consume = consume;
    const lost = new Promise<never>((_, reject) => (this.lose = reject));
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    this.group.join(this);
    try {
      await Promise.race([aborted, lost]);
    } finally {
      // A rebalance while it leaves must give it nothing to consume.
      this.consume = undefined;
      this.revokeAll();
      await Promise.all(this.consuming.values());
      this.group.leave(this);
    }
  }

  /** Ends as a crashed process does: its commits are lost, and after a while others have its partitions. */
  kill(): void {
    this.isKilled = true;
    this.lose(new BrokerUnavailable('this process is dead'));
  }

  assign(topic: string, partition: number): void {
    const offset = this.group.committedOf(topic, partition);
    const assigned = new InMemoryPartition(topic, partition, offset, {
      broker: this.broker,
      commit: (next) => {
        if (this.isKilled) throw new BrokerUnavailable('this process is dead');
        this.group.commit(topic, partition, next);
      },
    });
    this.partitions.push(assigned);
    const name = `${topic}/${partition}`;
    const former = this.consuming.get(name) ?? Promise.resolve();
    this.consuming.set(
      name,
      former.then(() => this.consume?.(assigned)),
    );
  }

  revokeAll(): void {
    for (const partition of this.partitions.splice(0)) partition.revoke();
  }
}

interface PartitionOptions {
  readonly broker: PartitionLogs;
  readonly commit: (nextOffset: bigint) => void;
}

class InMemoryPartition implements AssignedPartition {
  private readonly ownership = new AbortController();
  private wake: () => void = () => undefined;

  constructor(
    readonly topic: string,
    readonly partition: number,
    private nextOffset: bigint,
    private readonly options: PartitionOptions,
  ) {
    options.broker.onAppend(() => this.wake());
  }

  get revoked(): AbortSignal {
    return this.ownership.signal;
  }

  async read(): Promise<readonly IncomingMessage[]> {
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.revoked.aborted) return [];
      const log = this.options.broker.partitionsOf(this.topic)[this.partition] ?? [];
      const start = Number(this.nextOffset);
      const page = log.slice(start, start + PAGE_SIZE);
      this.nextOffset += BigInt(page.length);
      if (page.length > 0) return page;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  async commit(nextOffset: bigint): Promise<void> {
    await this.options.broker.reach();
    if (this.revoked.aborted) throw new BrokerUnavailable('the partition was revoked');
    this.options.commit(nextOffset);
  }

  revoke(): void {
    this.ownership.abort();
    this.wake();
  }
}

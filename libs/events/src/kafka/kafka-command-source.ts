import type { GroupAssignment } from '@platformatic/kafka';
import { OutageLog } from '@app/runtime';
import type { AssignedPartition, CommandSource } from '../messaging/command-source';
import type { ConsumerGroup } from '../messaging/message-broker';
import {
  clientOptions,
  type KafkaConnection,
  loadKafka,
  toBrokerUnavailable,
  withTimeout,
} from './kafka-client';
import { type KafkaConsumer, KafkaFetcher } from './kafka-fetcher';
import { KafkaPartition } from './kafka-partition';

/** The shortest that brokers accept by default. A member that died is replaced after it. */
const SESSION_TIMEOUT_MS = 6_000;
/** How long the other members wait for one that is finishing a message. */
const REBALANCE_TIMEOUT_MS = 10_000;
const HEARTBEAT_INTERVAL_MS = 1_500;
const RETRIES = 3;
const RETRY_DELAY_MS = 200;
const CLOSE_TIMEOUT_MS = 2_000;
const OLDEST = -2n;
const UNKNOWN_EPOCH = -1;

type Consume = (partition: AssignedPartition) => Promise<void>;

/**
 * Reads topics as a member of a classic consumer group. A group that has committed nothing begins with the
 * oldest message.
 */
export class KafkaCommandSource implements CommandSource {
  private readonly outageLog: OutageLog;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly group: ConsumerGroup,
  ) {
    this.outageLog = new OutageLog(`Reading ${group.topics.join(', ')} from Kafka`);
  }

  async run(consume: Consume, signal: AbortSignal): Promise<void> {
    const [member, reader] = await Promise.all([this.openClient(), this.openClient()]);
    const membership = new Membership(member, reader, consume, this.outageLog);
    try {
      await membership.run(this.group.topics, signal);
    } catch (error) {
      throw toBrokerUnavailable(error);
    } finally {
      await membership.end();
    }
  }

  /** Fetches have a client of their own: a broker holds their connection until there are messages. */
  private async openClient(): Promise<KafkaConsumer> {
    const kafka = await loadKafka();
    const client: KafkaConsumer = new kafka.Consumer({
      ...clientOptions(this.connection),
      groupId: this.group.groupId,
      autocommit: false,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      retries: RETRIES,
      retryDelay: RETRY_DELAY_MS,
    });
    for (const topic of this.group.topics) client.topics.track(topic);
    return client;
  }
}

/** One membership in the group, from joining to leaving. */
class Membership {
  private readonly fetcher: KafkaFetcher;
  private readonly ended = new AbortController();
  private partitions: readonly KafkaPartition[] = [];
  /** What is being done for a partition, by its name; also after it was revoked. */
  private readonly consuming = new Map<string, Promise<void>>();
  private assigning: Promise<void> = Promise.resolve();
  private fail: (reason: unknown) => void = () => undefined;

  constructor(
    private readonly member: KafkaConsumer,
    private readonly reader: KafkaConsumer,
    private readonly consume: Consume,
    outageLog: OutageLog,
  ) {
    this.fetcher = new KafkaFetcher(reader, {
      onFetched: () => outageLog.recordUp(),
      onFailed: (reason) => outageLog.recordDown(reason),
    });
  }

  /** Resolves when the signal is aborted. Rejects when the membership is lost. */
  async run(topics: readonly string[], signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { member } = this;
    const lost = new Promise<never>((_, reject) => (this.fail = reject));
    for (const client of [member, this.reader]) client.on('error', this.fail);
    member.on('consumer:group:join', ({ assignments = [] }) => {
      const own = assignments.filter(({ topic }) => topics.includes(topic));
      this.assigning = this.assigning.then(() => this.assign(own)).catch(this.fail);
    });
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    const joined = member.joinGroup({}).then(() => this.fetcher.run());
    await Promise.race([lost, aborted, joined]);
  }

  /** Waits for what is being done, and leaves the group. */
  async end(): Promise<void> {
    this.ended.abort();
    this.fetcher.stop();
    await this.assigning.catch(() => undefined);
    this.revokeAll();
    await Promise.all(this.consuming.values());
    for (const client of [this.member, this.reader]) {
      await withTimeout('closing', client.close(true), CLOSE_TIMEOUT_MS).catch(() => undefined);
    }
  }

  /** Begins each partition anew at its committed offset: another member may have had it meanwhile. */
  private async assign(assignments: readonly GroupAssignment[]): Promise<void> {
    this.revokeAll();
    this.fetcher.assign([]);
    const offsets = await this.startOffsets(assignments);
    if (this.ended.signal.aborted) return;
    this.partitions = offsets.map(
      ({ topic, partition, offset }) =>
        new KafkaPartition(
          topic,
          partition,
          offset,
          (...commit) => this.commit(...commit),
          () => this.fetcher.wake(),
        ),
    );
    for (const partition of this.partitions) this.startConsuming(partition);
    this.fetcher.assign(this.partitions);
  }

  private startConsuming(partition: KafkaPartition): void {
    const name = `${partition.topic}/${partition.partition}`;
    const former = this.consuming.get(name) ?? Promise.resolve();
    const consumed = former.then(() => this.consume(partition)).catch(this.fail);
    this.consuming.set(name, consumed);
  }

  private revokeAll(): void {
    for (const partition of this.partitions) partition.revoke();
    this.partitions = [];
  }

  private async startOffsets(assignments: readonly GroupAssignment[]) {
    if (assignments.length === 0) return [];
    const topics = assignments.map(({ topic, partitions }) => ({ topic, partitions }));
    const committed = await this.member.listCommittedOffsets({ topics });
    const oldest = await this.reader.listOffsets({
      topics: topics.map(({ topic }) => topic),
      timestamp: OLDEST,
    });
    return topics.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => {
        const known = committed.get(topic)?.[partition] ?? -1n;
        const offset = known >= 0n ? known : (oldest.get(topic)?.[partition] ?? 0n);
        return { topic, partition, offset };
      }),
    );
  }

  private async commit(topic: string, partition: number, offset: bigint): Promise<void> {
    const leaderEpoch = UNKNOWN_EPOCH;
    try {
      await this.member.commit({ offsets: [{ topic, partition, offset, leaderEpoch }] });
    } catch (error) {
      throw toBrokerUnavailable(error);
    }
  }
}

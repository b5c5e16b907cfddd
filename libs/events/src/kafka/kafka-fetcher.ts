import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { ClusterMetadata, Consumer } from '@platformatic/kafka';
import { BrokerUnavailable, type IncomingMessage } from '../messaging/message';
import { toBrokerUnavailable } from './kafka-client';
import type { KafkaPartition } from './kafka-partition';

export type KafkaConsumer = Consumer;

/** How long a broker waits for messages. A partition that was paused joins the fetch after it. */
const MAX_WAIT_MS = 250;
const MAX_BYTES = 8 * 1_024 * 1_024;
const MAX_BYTES_PER_PARTITION = 256 * 1_024;
const RETRY_INTERVAL_MS = 200;
const OFFSET_OUT_OF_RANGE = 1;
const UNKNOWN_EPOCH = -1;
/** Bit of a batch without messages of clients. */
const IS_CONTROL = 0b10_0000;

type FetchResponse = Awaited<ReturnType<KafkaConsumer['fetch']>>;
type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

export interface FetchListener {
  onFetched(): void;
  onFailed(reason: string): void;
}

/**
 * Fetches for the partitions that want messages, in one request per broker. A partition whose messages
 * are being worked on is left out, so a slow one delays no other.
 */
export class KafkaFetcher {
  private readonly logger = new Logger(KafkaFetcher.name);
  private readonly busyNodes = new Set<number>();
  private partitions: readonly KafkaPartition[] = [];
  private isStopped = false;
  private wakeUp: () => void = () => undefined;

  constructor(
    private readonly consumer: KafkaConsumer,
    private readonly listener: FetchListener,
  ) {}

  /** Replaces the partitions to fetch for. */
  assign(partitions: readonly KafkaPartition[]): void {
    this.partitions = partitions;
    this.wake();
  }

  /** Says that a partition wants messages. */
  wake(): void {
    this.wakeUp();
  }

  stop(): void {
    this.isStopped = true;
    this.wake();
  }

  /** Fetches until `stop`. */
  async run(): Promise<void> {
    while (!this.isStopped) {
      const woken = new Promise<void>((resolve) => (this.wakeUp = resolve));
      await this.startFetches().catch((error: unknown) => this.recover(error));
      await woken;
    }
  }

  private async startFetches(): Promise<void> {
    const wanting = this.partitions.filter(({ isWanting }) => isWanting);
    if (wanting.length === 0) return;
    const topics = [...new Set(wanting.map(({ topic }) => topic))];
    const metadata = await this.consumer.metadata({ topics });
    const nodes = byLeader(metadata, wanting);
    for (const [node, partitions] of nodes) {
      if (this.busyNodes.has(node)) continue;
      this.busyNodes.add(node);
      void this.fetch(node, partitions, metadata).finally(() => {
        this.busyNodes.delete(node);
        this.wake();
      });
    }
    if ([...nodes.values()].flat().length < wanting.length) {
      throw new BrokerUnavailable('some partitions have no leader');
    }
  }

  private async fetch(
    node: number,
    partitions: readonly KafkaPartition[],
    metadata: ClusterMetadata,
  ): Promise<void> {
    const topics = partitions.map(({ topic, partition, nextOffset }) => ({
      topicId: metadata.topics.get(topic)?.id ?? '',
      partitions: [
        {
          partition,
          currentLeaderEpoch: UNKNOWN_EPOCH,
          fetchOffset: nextOffset,
          lastFetchedEpoch: UNKNOWN_EPOCH,
          partitionMaxBytes: MAX_BYTES_PER_PARTITION,
        },
      ],
    }));
    const limits = { minBytes: 1, maxBytes: MAX_BYTES, maxWaitTime: MAX_WAIT_MS };
    try {
      const response = await this.consumer.fetch({ node, topics, ...limits });
      this.deliver(response, partitions, metadata);
      this.listener.onFetched();
    } catch (error) {
      const response = responseOf(error);
      const isReset = response !== undefined && this.resetLost(response, partitions, metadata);
      if (!isReset) await this.recover(error);
    }
  }

  private deliver(
    { responses }: FetchResponse,
    partitions: readonly KafkaPartition[],
    metadata: ClusterMetadata,
  ): void {
    for (const { topicId, partitions: fetched } of responses) {
      for (const each of fetched) {
        const partition = find(partitions, metadata, topicId, each);
        if (partition?.isWanting) receive(partition, each);
      }
    }
  }

  /** Continues with the oldest message where the broker has deleted the next one. Returns whether there was such. */
  private resetLost(
    { responses }: FetchResponse,
    partitions: readonly KafkaPartition[],
    metadata: ClusterMetadata,
  ): boolean {
    let isReset = false;
    for (const { topicId, partitions: fetched } of responses) {
      for (const each of fetched.filter(({ errorCode }) => errorCode === OFFSET_OUT_OF_RANGE)) {
        const partition = find(partitions, metadata, topicId, each);
        if (!partition || each.logStartOffset < 0n) continue;
        isReset = true;
        this.logger.error(
          `Kafka no longer has message ${partition.nextOffset} of ${partition.topic}/${partition.partition}; ` +
            `continuing with its oldest one, ${each.logStartOffset}`,
        );
        partition.receive([], each.logStartOffset);
      }
    }
    return isReset;
  }

  private async recover(error: unknown): Promise<void> {
    if (this.isStopped) return;
    this.listener.onFailed(toBrokerUnavailable(error).message);
    this.consumer.clearMetadata();
    await sleep(RETRY_INTERVAL_MS);
    this.wake();
  }
}

const responseOf = (error: unknown): FetchResponse | undefined => {
  const { response, errors } = Object(error) as {
    response?: FetchResponse;
    errors?: readonly unknown[];
  };
  if (response?.responses) return response;
  return errors?.map(responseOf).find((each) => each !== undefined);
};

const byLeader = (
  { topics }: ClusterMetadata,
  partitions: readonly KafkaPartition[],
): Map<number, KafkaPartition[]> => {
  const byNode = new Map<number, KafkaPartition[]>();
  for (const each of partitions) {
    const leader = topics.get(each.topic)?.partitions[each.partition]?.leader;
    if (leader === undefined || leader < 0) continue;
    byNode.set(leader, [...(byNode.get(leader) ?? []), each]);
  }
  return byNode;
};

const find = (
  partitions: readonly KafkaPartition[],
  { topics }: ClusterMetadata,
  topicId: string,
  { partitionIndex }: FetchedPartition,
): KafkaPartition | undefined =>
  partitions.find(
    ({ topic, partition }) => partition === partitionIndex && topics.get(topic)?.id === topicId,
  );

/** A broker returns whole batches, which may begin before the offset that was asked for. */
const receive = (partition: KafkaPartition, { records: batches }: FetchedPartition): void => {
  const { topic, nextOffset } = partition;
  let end = nextOffset;
  const messages: IncomingMessage[] = [];
  for (const batch of batches ?? []) {
    const batchEnd = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    if (batchEnd > end) end = batchEnd;
    if ((batch.attributes & IS_CONTROL) !== 0) continue;
    for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
      const offset = batch.firstOffset + BigInt(offsetDelta);
      if (offset < nextOffset) continue;
      messages.push({
        topic,
        partition: partition.partition,
        offset,
        timestampMs: Number(batch.firstTimestamp + timestampDelta),
        key,
        value,
        headers: new Map(
          headers.map(([name, text]) => [String(name ?? ''), text ?? Buffer.alloc(0)]),
        ),
      });
    }
  }
  if (end > nextOffset) partition.receive(messages, end);
};

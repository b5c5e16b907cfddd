import type { IncomingMessage } from './message';

/** A partition of a topic that belongs to this process for the time being. */
export interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Aborted when the partition is taken away: another process may read it from now on. */
  readonly revoked: AbortSignal;

  /**
   * Returns the next messages in their order, from the committed offset on, and waits until there is one.
   * Empty after the partition was taken away.
   */
  read(): Promise<readonly IncomingMessage[]>;

  /**
   * Records that all messages before this offset are done. Rejects with BrokerUnavailable unless the broker
   * has confirmed it.
   */
  commit(nextOffset: bigint): Promise<void>;
}

/** Reads topics as a member of a group, which divides the partitions among its members. */
export interface CommandSource {
  /**
   * Joins the group and calls `consume` for each partition that is assigned to this member; it must return
   * when the partition is revoked, and is called again only after that. Resolves after `signal` is aborted
   * and the member has left the group. Rejects with BrokerUnavailable if the membership was lost; then call
   * it again.
   */
  run(consume: (partition: AssignedPartition) => Promise<void>, signal: AbortSignal): Promise<void>;
}

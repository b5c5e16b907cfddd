import { Injectable, Optional } from '@nestjs/common';
import type { LogPosition } from '../log-position';
import { CommandConsumer, type StoppedPartition } from '../commands/command-consumer';
import { EventRelay, type RelayState } from '../relay/event-relay';

/** What this instance does with the message broker, for its health. */
@Injectable()
export class MessagingStatus {
  constructor(
    private readonly relay: EventRelay<LogPosition>,
    @Optional() private readonly consumer?: CommandConsumer,
  ) {}

  get relayState(): RelayState {
    return this.relay.state;
  }

  /** Partitions of this instance whose next command cannot be carried out now. */
  get stoppedPartitions(): readonly StoppedPartition[] {
    return this.consumer?.stoppedPartitions ?? [];
  }
}

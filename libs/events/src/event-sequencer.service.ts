import { Injectable } from '@nestjs/common';
import { EventSequencerRepository } from './event-sequencer.repository';

/**
 * After this time every sink of a running service has used its cursor. Before, a cursor may only look unused: the
 * service was stopped for long.
 */
const SINKS_STARTED_MS = 600_000;

/** How long events are kept, in milliseconds. */
export const EVENT_RETENTION_MS = Symbol('EVENT_RETENTION_MS');

/** Assigns positions to events, and deletes old ones. Every instance does so for all of them. */
@Injectable()
export class EventSequencer {
  /** Whether this process has committed something since the last search. */
  private hasWritten = true;
  private readonly listeners: (() => void)[] = [];
  private readonly startedAtMs = performance.now();

  constructor(private readonly repository: EventSequencerRepository) {}

  /** Whether there is nothing to do that this instance knows of. */
  get isAtRest(): boolean {
    return !this.hasWritten;
  }

  /** Says that this process has committed something. */
  recordWrite(): void {
    this.hasWritten = true;
  }

  /** Calls `listen` each time that this process has assigned positions. */
  onSequenced(listen: () => void): void {
    this.listeners.push(listen);
  }

  /** Assigns positions to the oldest events. Returns whether there are more. */
  async sequence(): Promise<boolean> {
    this.hasWritten = false;
    try {
      if (!(await this.repository.hasWaiting())) return false;
      const result = await this.repository.sequence();
      // The process that has the lock may have begun before this one's last commit.
      if (result === 'locked') this.hasWritten = true;
      else for (const listen of this.listeners) listen();
      return result === 'full';
    } catch (error) {
      this.hasWritten = true;
      throw error;
    }
  }

  /**
   * Deletes events older than `retentionMs` that all cursors have passed, except for those of sinks that have been
   * switched off for so long. Returns whether there are more.
   */
  prune(retentionMs: number): Promise<boolean> {
    const ignoresUnused = performance.now() - this.startedAtMs >= SINKS_STARTED_MS;
    return this.repository.prune(retentionMs, ignoresUnused);
  }
}

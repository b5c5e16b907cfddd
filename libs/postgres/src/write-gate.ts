import { setTimeout as sleep } from 'node:timers/promises';
import { OutageLog } from '@app/runtime';
import {
  areWritesImpossible,
  hasCode,
  hasTimedOut,
  INSUFFICIENT_PRIVILEGE,
} from './postgres-errors';

/** A trigger of the administrator rejects the sample. */
const RAISED = 'P0001';

const PROBE_INTERVAL_MS = 100;
/** Longer than a probe takes on a busy machine. */
const PROBE_GRACE_MS = 300;

/**
 * Rejects writes while the database cannot write: its disk is full, it is read-only, or a commit waits for
 * a synchronous standby that is lost. Each such write would occupy a connection, and a commit that waits
 * keeps its locks. A probe tries one write at a time, and opens the gate when it succeeds.
 */
export class WriteGate {
  private readonly outageLog = new OutageLog('Writing to the database');
  private readonly closed = new AbortController();
  private isShut = false;
  private isProbing = false;
  private probing: Promise<void> = Promise.resolve();

  /** `probe` resolves if the database can write. */
  constructor(private readonly probe: () => Promise<void>) {}

  get isOpen(): boolean {
    return !this.isShut;
  }

  /**
   * Call it with the error of a write. Shuts the gate if no write can succeed. After a timeout, which one
   * frozen backend explains as well, it shuts the gate only if the probe does not succeed soon.
   */
  recordFailure(error: unknown): void {
    if (areWritesImpossible(error)) this.shut(error);
    else if (!hasTimedOut(error)) return;
    if (this.isProbing) return;
    this.isProbing = true;
    this.probing = this.probeUntilOpen(error).finally(() => (this.isProbing = false));
  }

  /** Ends the probe. */
  async close(): Promise<void> {
    this.closed.abort();
    await this.probing;
  }

  private shut(error: unknown): void {
    this.isShut = true;
    this.outageLog.recordDown(error instanceof Error ? error.message : String(error));
  }

  private async probeUntilOpen(error: unknown): Promise<void> {
    const { signal } = this.closed;
    const pause = (ms: number) =>
      sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
    while (!signal.aborted) {
      const tried = this.canWrite();
      const canWrite = await Promise.race([tried, pause(PROBE_GRACE_MS)]);
      if (!canWrite) this.shut(error);
      if (canWrite ?? (await tried)) {
        this.isShut = false;
        this.outageLog.recordUp();
        return;
      }
      await pause(PROBE_INTERVAL_MS);
    }
  }

  private async canWrite(): Promise<boolean> {
    try {
      await this.probe();
      return true;
    } catch (error) {
      // Such a fault says that the database does answer writes.
      // The role may not emit messages, for example.
      return hasCode(error, INSUFFICIENT_PRIVILEGE) || hasCode(error, RAISED);
    }
  }
}

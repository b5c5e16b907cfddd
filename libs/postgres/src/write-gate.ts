import { setTimeout as sleep } from 'node:timers/promises';
import { OutageLog } from '@app/runtime';
import { areWritesImpossible, kindOf } from './postgres-errors';

const PROBE_INTERVAL_MS = 100;

/**
 * Rejects writes while the database cannot write: its disk is full, it is read-only, or a commit waits for
 * a synchronous standby that is lost. Each such write would occupy a connection, and a commit that waits
 * keeps its locks. A probe tries one write at a time, and opens the gate when it succeeds.
 */
export class WriteGate {
  private readonly outageLog = new OutageLog('Writing to the database');
  private readonly closed = new AbortController();
  private isShut = false;
  private probing: Promise<void> = Promise.resolve();

  /** `probe` resolves if the database can write. */
  constructor(private readonly probe: () => Promise<void>) {}

  get isOpen(): boolean {
    return !this.isShut;
  }

  /** Call it with the error of a write. Shuts the gate if no write can succeed. */
  recordFailure(error: unknown): void {
    if (this.isShut || !areWritesImpossible(error)) return;
    this.isShut = true;
    this.outageLog.recordDown(error instanceof Error ? error.message : String(error));
    this.probing = this.probeUntilOpen();
  }

  /** Ends the probe. */
  async close(): Promise<void> {
    this.closed.abort();
    await this.probing;
  }

  private async probeUntilOpen(): Promise<void> {
    const { signal } = this.closed;
    while (!signal.aborted) {
      if (await this.canWrite()) {
        this.isShut = false;
        this.outageLog.recordUp();
        return;
      }
      await sleep(PROBE_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async canWrite(): Promise<boolean> {
    try {
      await this.probe();
      return true;
    } catch (error) {
      // A fault of the probe, such as a missing privilege, says that the database does answer writes.
      return kindOf(error) === 'fault';
    }
  }
}

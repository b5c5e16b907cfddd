import { writeFile } from 'node:fs/promises';
import type { InventoryRpc } from './inventory-client';
import { memoryMbOf } from './process-memory';
import type { InventoryProcess } from './services';
import { times } from './wait';

/** What an attack has cost. */
export interface Damage {
  readonly isAlive: boolean;
  /** Growth of the resident memory at its peak; NaN where it cannot be measured. */
  readonly growthMb: number;
  /** Duration of a normal call afterwards. */
  readonly callMs: number;
  readonly logLines: number;
}

/** Until the young generation of V8 has its full size. */
const WARM_UP_ROUNDS = 50;
/** Calls after an attack that are measured. */
const CALLS = 5;
const NORMAL_MS = 100;
/** Time for the calls of an attack that Inventory has accepted. */
const SETTLE_MS = 10_000;

const linesOf = (logs: string): number => logs.split('\n').length;

/** Measures what attacks cost one process of Inventory. */
export class DamageMeter {
  private constructor(
    private readonly inventory: InventoryProcess,
    private readonly client: InventoryRpc,
    private readonly pid: number | undefined,
  ) {}

  /** Begins with a little normal load. */
  static async start(inventory: InventoryProcess, client: InventoryRpc): Promise<DamageMeter> {
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1)
      await Promise.all(times(100, () => client.getStock({ skus: ['burger'] })));
    return new DamageMeter(inventory, client, inventory.pid);
  }

  async of(attack: () => Promise<void>): Promise<Damage> {
    await this.resetPeak();
    const beforeMb = await memoryMbOf(this.pid);
    const lines = linesOf(this.inventory.logs);
    await attack();
    return {
      callMs: await this.callMs(),
      isAlive: this.inventory.isRunning && this.inventory.pid === this.pid,
      growthMb: (await memoryMbOf(this.pid, 'VmHWM')) - beforeMb,
      logLines: linesOf(this.inventory.logs) - lines,
    };
  }

  /** Returns the median of some calls, as soon as the calls of the attack are done. */
  private async callMs(): Promise<number> {
    const untilMs = performance.now() + SETTLE_MS;
    for (;;) {
      const medianMs = await this.medianMs();
      if (medianMs < NORMAL_MS || performance.now() > untilMs) return medianMs;
    }
  }

  private async medianMs(): Promise<number> {
    const tookMs: number[] = [];
    for (let call = 0; call < CALLS; call += 1) {
      const startedMs = performance.now();
      // While the reads of the attack are done, others are rejected.
      const isAnswered = await this.client.getStock({ skus: ['burger'] }).then(
        () => true,
        () => false,
      );
      tookMs.push(isAnswered ? performance.now() - startedMs : Infinity);
    }
    return tookMs.sort((a, b) => a - b)[Math.floor(CALLS / 2)] ?? Number.NaN;
  }

  /** Makes Linux measure the peak from now on. */
  private async resetPeak(): Promise<void> {
    await writeFile(`/proc/${this.pid}/clear_refs`, '5').catch(() => undefined);
  }
}

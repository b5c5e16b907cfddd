/** Inventory killed at random moments under load, and a record of all that its callers were told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReservationState } from '@app/contracts';
import type { TestDatabase } from './databases';
import { type InventoryRpc } from './inventory-client';
import { givenStock } from './stock';
import type { InventoryProcesses } from './inventory-workloads';
import { eventually, times } from './wait';

const CALLERS = 32;
const SKUS = ['kill-a', 'kill-b', 'kill-c'];
const STOCK = 100_000;
/** How long a process is let live once it answers. */
const MAX_LIFE_MS = 600;
/** Fewer would be no load. A slow machine is given the time that it needs. */
const MIN_ANSWERS_PER_KILL = 30;

/** What may be recorded for an id, after all that its caller was told and was not told. */
interface Expectation {
  readonly id: string;
  /** States in which the reservation may be; NONE where it may not be there. */
  possible: readonly string[];
}

export interface KillReport {
  readonly kills: number;
  /** Calls that were answered, and calls that were not. */
  readonly answered: number;
  readonly unanswered: number;
  /** Everything that is not as a caller was told. */
  readonly broken: readonly string[];
}

const { RESERVATION_STATE_HELD: HELD } = ReservationState;

class Callers {
  readonly expectations: Expectation[] = [];
  readonly adjustments = new Map<string, number>();
  answered = 0;
  unanswered = 0;
  private stopped = false;
  private made = 0;

  constructor(private readonly calls: InventoryProcesses['calls']) {}

  async run(): Promise<void> {
    await Promise.all(times(CALLERS, (index) => this.keepCalling(index % 2 ? 1 : 0)));
  }

  stop(): void {
    this.stopped = true;
  }

  /** Half of the callers begin at each process, so that a dead one does not stop them all. */
  private async keepCalling(home: 0 | 1): Promise<void> {
    while (!this.stopped) {
      this.made += 1;
      if (Math.random() < 0.1) await this.adjust(home, `adjustment-${this.made}`);
      else await this.reserve(home, `killed-${this.made}`);
    }
  }

  /**
   * Asks at home and, as callers do that get no answer, once more at the other process. Gives
   * undefined where there was none either: then it may have been done all the same.
   */
  private async ask<Answer>(
    home: 0 | 1,
    call: (inventory: InventoryRpc) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    for (const inventory of [this.calls[home], this.calls[home ? 0 : 1]]) {
      try {
        const answer = await call(inventory);
        this.answered += 1;
        return answer;
      } catch {
        this.unanswered += 1;
      }
    }
    return undefined;
  }

  private async reserve(home: 0 | 1, id: string): Promise<void> {
    const expectation: Expectation = { id, possible: ['NONE', 'HELD'] };
    this.expectations.push(expectation);
    const lines = SKUS.filter(() => Math.random() < 0.6).map((sku) => ({ sku, quantity: 1 }));
    if (lines.length === 0) lines.push({ sku: 'kill-a', quantity: 2 });
    const request = { reservationId: id, lines };
    const created = await this.ask(home, (inventory) => inventory.createReservation(request));
    if (!created) return;
    expectation.possible = created.reservation?.state === HELD ? ['HELD'] : ['never'];
    const fate = Math.random();
    if (fate > 0.8) return;
    const then = fate < 0.4 ? 'COMMITTED' : 'RELEASED';
    expectation.possible = ['HELD', then];
    const ended = await this.ask(home, (inventory) =>
      then === 'COMMITTED'
        ? inventory.commitReservation({ reservationId: id })
        : inventory.releaseReservation({ reservationId: id }),
    );
    if (ended) expectation.possible = [then];
  }

  private async adjust(home: 0 | 1, adjustmentId: string): Promise<void> {
    const answer = await this.ask(home, (inventory) =>
      inventory.adjustStock({
        adjustmentId,
        sku: 'kill-a',
        delta: 1,
        reason: 'test',
        actor: 'test',
        allowShortfall: false,
      }),
    );
    if (answer?.movement) this.adjustments.set(adjustmentId, answer.movement.seq);
  }
}

/** Kills the two processes in turn, `kills` times in all, while callers go on at both. */
export const killUnderLoad = async (
  { database, processes, calls }: InventoryProcesses,
  kills: number,
): Promise<KillReport> => {
  for (const sku of SKUS) await givenStock(database, sku, STOCK);
  const callers = new Callers(calls);
  const running = callers.run();
  try {
    await Promise.all(
      processes.map(async (process, index) => {
        for (let kill = index; kill < kills; kill += 2) {
          // A moment that nothing is waited for: that is the point of it.
          await sleep(Math.random() * MAX_LIFE_MS);
          await process.stop('SIGKILL');
          await process.start();
        }
      }),
    );
    await eventually(
      'callers were answered often enough for a load',
      () => callers.answered > MIN_ANSWERS_PER_KILL * kills,
      60_000,
    );
  } finally {
    callers.stop();
    await running;
  }
  const { answered, unanswered } = callers;
  return { kills, answered, unanswered, broken: await notAsTold(database, callers) };
};

const notAsTold = async (database: TestDatabase, callers: Callers): Promise<string[]> => {
  const rows = await database.query<{ id: string; state: string }>(
    'select id, state from reservation',
  );
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  const wrongStates = callers.expectations.flatMap(({ id, possible }) => {
    const state = states.get(id) ?? 'NONE';
    return possible.includes(state) ? [] : [`${id} is ${state}, not ${possible.join(' or ')}`];
  });
  const movements = await database.query<{ id: string; seq: string }>(
    'select adjustment_id as id, seq from stock_movement where adjustment_id is not null',
  );
  const seqs = new Map(movements.map(({ id, seq }) => [id, Number(seq)]));
  const wrongSeqs = [...callers.adjustments].flatMap(([id, seq]) =>
    seqs.get(id) === seq ? [] : [`${id} is at ${seqs.get(id)}, not ${seq}`],
  );
  return [...wrongStates, ...wrongSeqs];
};

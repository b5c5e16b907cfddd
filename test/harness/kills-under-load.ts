/** Kills Inventory at random times under load, then compares its database with what its callers recorded. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReservationState } from '@app/contracts';
import type { TestDatabase } from './databases';
import type { InventoryRpc } from './inventory-client';
import { closedLoop } from './load/loops';
import type { ServiceCluster } from './service-cluster';
import { givenStock } from './stock';
import { eventually, times } from './wait';

const CALLERS = 32;
const SKUS = ['kill-a', 'kill-b', 'kill-c'];
const STOCK = 100_000;
/** The longest time from a start to the next kill. */
const MAX_UPTIME_MS = 600;
/** With fewer there would be no load. A slow machine takes longer for them. */
const MIN_ANSWERS_PER_KILL = 30;

/** The states that a caller's answers and lost answers allow for a reservation. */
interface Expectation {
  readonly id: string;
  /** NONE where the reservation may be absent. */
  possible: readonly string[];
}

export interface KillReport {
  readonly kills: number;
  readonly answered: number;
  readonly unanswered: number;
  /** Everything in the database that contradicts an answer. */
  readonly contradictions: readonly string[];
}

const { RESERVATION_STATE_HELD: HELD } = ReservationState;

class Callers {
  readonly expectations: Expectation[] = [];
  readonly adjustments = new Map<string, number>();
  answered = 0;
  unanswered = 0;
  private stopped = false;
  private sequence = 0;

  constructor(private readonly cluster: ServiceCluster) {}

  async run(): Promise<void> {
    // Half of the callers start at each process, so that one dead process does not stop them all.
    const callers = times(CALLERS, (index) => ({ call: () => this.callOnce(index % 2 ? 1 : 0) }));
    await closedLoop(callers, () => this.stopped);
  }

  stop(): void {
    this.stopped = true;
  }

  private async callOnce(home: 0 | 1): Promise<void> {
    this.sequence += 1;
    if (Math.random() < 0.1) await this.adjust(home, `adjustment-${this.sequence}`);
    else await this.reserve(home, `killed-${this.sequence}`);
  }

  /**
   * Calls the home process and, without an answer, retries at the other one. Returns undefined without
   * an answer from either; the call may have taken effect all the same.
   */
  private async callWithRetry<Answer>(
    home: 0 | 1,
    call: (inventory: InventoryRpc) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    for (const index of [home, home ? 0 : 1]) {
      try {
        const answer = await call(this.cluster.inventoryClientOf(index));
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
    const created = await this.callWithRetry(home, (inventory) =>
      inventory.createReservation(request),
    );
    if (!created) return;
    expectation.possible = created.reservation?.state === HELD ? ['HELD'] : ['never'];
    const fate = Math.random();
    if (fate > 0.8) return;
    const then = fate < 0.4 ? 'COMMITTED' : 'RELEASED';
    expectation.possible = ['HELD', then];
    const ended = await this.callWithRetry(home, (inventory) =>
      then === 'COMMITTED'
        ? inventory.commitReservation({ reservationId: id })
        : inventory.releaseReservation({ reservationId: id }),
    );
    if (ended) expectation.possible = [then];
  }

  private async adjust(home: 0 | 1, adjustmentId: string): Promise<void> {
    const answer = await this.callWithRetry(home, (inventory) =>
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

/** Kills the two processes `kills` times in total while callers keep calling both. */
export const killUnderLoad = async (
  cluster: ServiceCluster,
  kills: number,
): Promise<KillReport> => {
  for (const sku of SKUS) await givenStock(cluster.inventoryDatabase, sku, STOCK);
  const callers = new Callers(cluster);
  const running = callers.run();
  try {
    await Promise.all(
      cluster.inventoryInstances.map(async (process, index) => {
        for (let kill = index; kill < kills; kill += 2) {
          // A random time on purpose: the kill must not wait for any condition.
          await sleep(Math.random() * MAX_UPTIME_MS);
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
  return {
    kills,
    answered,
    unanswered,
    contradictions: await findContradictions(cluster.inventoryDatabase, callers),
  };
};

const findContradictions = async (database: TestDatabase, callers: Callers): Promise<string[]> => {
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

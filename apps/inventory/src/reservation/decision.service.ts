import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ServiceError } from '@app/errors';
import {
  Database,
  GROUP_LIMITS,
  GroupCommit,
  type IsAwaited,
  RetryTransaction,
  awaitPipelined,
} from '@app/postgres';
import { failpoint } from '@app/runtime';
import { LedgerRepository } from '../stock/ledger.repository';
import { StockRepository } from '../stock/stock.repository';
import { type Command, decide, type Outcome } from './decide';
import { ReservationRepository } from './reservation.repository';
import type { Changes, LockedState } from './unit-of-work';

/** Holds that are ended in one transaction. */
const EXPIRE_BATCH = 256;
/** How long a call may take for holds that have to be ended first; others wait behind it. */
const MAX_EXPIRE_MS = 2_000;
/** Tombstones that are deleted in one transaction. */
const PRUNE_BATCH = 1_000;

/** What a transaction came to: decisions, or SKUs on which holds have to be ended first. */
type Attempt = { readonly outcomes: readonly Outcome[] } | { readonly dueOn: readonly string[] };

/** Locks, decides and writes. The only place where reservations change, and stock with them. */
@Injectable()
export class DecisionService {
  private readonly groups = new GroupCommit<Command, Outcome>(
    (commands) => this.decideBatch(commands),
    { what: 'reservations', ...GROUP_LIMITS },
  );

  constructor(
    private readonly database: Database,
    private readonly reservations: ReservationRepository,
    private readonly stock: StockRepository,
    private readonly ledger: LedgerRepository,
  ) {}

  /**
   * Decides a command together with those that meet it, if somebody still waits for it by then.
   * Resolves after its commit.
   */
  submit(command: Command, isAwaited?: IsAwaited): Promise<Outcome> {
    return this.groups.submit(command, isAwaited);
  }

  /**
   * Ends holds whose time has run out, up to a bound. One instance at a time; the others find nothing
   * to do. Gives whether there may be more.
   */
  async expireDue(): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await this.reservations.tryAdvisoryLock(tx, 'sweep'))) return false;
      const due = await this.reservations.due(tx, EXPIRE_BATCH);
      await this.expire(tx, due);
      return due.length === EXPIRE_BATCH;
    });
  }

  /** Ends all holds on these SKUs whose time has run out, within a bound. Gives whether it ended any. */
  async expireAllDueOn(skus: readonly string[]): Promise<boolean> {
    const deadlineMs = performance.now() + MAX_EXPIRE_MS;
    for (let endedAny = false; ; endedAny = true) {
      if (!(await this.expireDueOn(skus))) return endedAny;
      if (performance.now() > deadlineMs) throw tooManyDue();
    }
  }

  /**
   * Deletes tombstones of ids that are older than `retentionMs`, up to a bound, and from then on
   * refuses reservations under such ids. Gives whether there may be more.
   */
  async pruneTombstones(retentionMs: number): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await this.reservations.tryAdvisoryLock(tx, 'forget'))) return false;
      const before = await this.reservations.moveHorizon(tx, retentionMs);
      const deleted = await this.reservations.deleteTombstones(tx, before, PRUNE_BATCH);
      return deleted === PRUNE_BATCH;
    });
  }

  /**
   * Decides a group. Before a basket is refused, holds on its SKUs whose time has run out are ended:
   * nobody is refused for want of a sweeper.
   */
  private async decideBatch(commands: readonly Command[]): Promise<readonly Outcome[]> {
    const deadlineMs = performance.now() + MAX_EXPIRE_MS;
    for (;;) {
      const attempt = await this.database.transaction((tx) => this.attempt(tx, commands));
      if ('outcomes' in attempt) {
        failpoint('decision.committed');
        return attempt.outcomes;
      }
      if (performance.now() > deadlineMs) throw tooManyDue();
      await this.expireDueOn(attempt.dueOn);
    }
  }

  private async expireDueOn(skus: readonly string[]): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const due = await this.reservations.dueOn(tx, skus, EXPIRE_BATCH);
      await this.expire(tx, due);
      return due.length > 0;
    });
  }

  private async attempt(tx: EntityManager, commands: readonly Command[]): Promise<Attempt> {
    const state = await this.lockState(tx, commands);
    failpoint('decision.locked');
    const { outcomes, changes, shortSkus } = decide(state, commands);
    if (shortSkus.length > 0) {
      const due = await this.reservations.dueOn(tx, shortSkus, 1);
      if (due.length > 0) return { dueOn: shortSkus };
    }
    await this.write(tx, changes);
    failpoint('decision.written');
    return { outcomes };
  }

  private async expire(tx: EntityManager, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const commands = ids.map((id) => ({ kind: 'expire', id }) as const);
    const { changes } = decide(await this.lockState(tx, commands), commands);
    await this.write(tx, changes);
  }

  /**
   * Locks the levels, then reads the reservations: whoever decides on the same SKUs is either done
   * and seen, or waits for us. Always in this order, each in order of its key. All are sent at once;
   * Postgres takes them one after the other, in the order in which they are asked for here.
   */
  private async lockState(tx: EntityManager, commands: readonly Command[]): Promise<LockedState> {
    const ids = [...new Set(commands.map(({ id }) => id))];
    const lines = commands.flatMap((command) => ('lines' in command ? command.lines : []));
    const byId = new Set(commands.flatMap((command) => ('lines' in command ? [] : [command.id])));
    const skus = new Set([
      ...lines.map(({ sku }) => sku),
      ...(byId.size > 0 ? await this.reservations.skusOf(tx, [...byId]) : []),
    ]);
    const [levels, reservations, clock] = await awaitPipelined([
      this.stock.lock(tx, [...skus]),
      this.reservations.lock(tx, ids),
      this.reservations.clock(tx),
    ]);
    const named = reservations.filter(({ id }) => byId.has(id));
    if (named.some((reservation) => reservation.lines.some(({ sku }) => !skus.has(sku)))) {
      throw new RetryTransaction('A reservation appeared whose levels are not locked yet');
    }
    return {
      levels: new Map(levels.map((level) => [level.sku, level])),
      reservations: new Map(reservations.map((reservation) => [reservation.id, reservation])),
      ...clock,
    };
  }

  /** Sent at once, and made in this order. */
  private async write(tx: EntityManager, changes: Changes): Promise<void> {
    const { created, updated, timed, movements, levels } = changes;
    await awaitPipelined([
      created.length > 0 && this.reservations.insert(tx, created),
      updated.length > 0 && this.reservations.update(tx, updated),
      timed.length > 0 && this.reservations.updateHeldUntil(tx, timed),
      movements.length > 0 && this.ledger.append(tx, movements),
      levels.length > 0 && this.stock.update(tx, levels),
    ]);
  }
}

/** Those that were ended stay so: a call that is repeated finds fewer. */
const tooManyDue = (): ServiceError =>
  new ServiceError(
    'OVERLOADED',
    'Too many holds have to be ended first. Nothing else was done; try again.',
  );

import { Injectable } from '@nestjs/common';
import { GROUP_LIMITS, GroupCommit, type CancellationSignal } from '@app/batching';
import { ServiceError } from '@app/errors';
import {
  awaitPipelined,
  Database,
  type PipelinedTransaction,
  RetryTransaction,
} from '@app/postgres';
import { failpoint } from '@app/runtime';
import { LedgerRepository } from '../ledger/ledger.repository';
import { StockRepository } from '../stock/stock.repository';
import { type ReservationCommand, decide, type CommandOutcome } from './decide';
import { ReservationRepository } from './reservation.repository';
import type { PendingWrites, LockedState } from './unit-of-work';

/** Holds that are ended in one transaction. */
const EXPIRE_BATCH = 256;
/** How long a call may take for holds that have to be ended first; others wait behind it. */
const MAX_EXPIRE_MS = 2_000;
/** Tombstones that are deleted in one transaction. */
const PRUNE_BATCH = 1_000;

/** What a transaction came to: decisions, or SKUs on which holds have to be ended first. */
type AttemptResult =
  { readonly outcomes: readonly CommandOutcome[] } | { readonly dueSkus: readonly string[] };

/** Locks, decides and writes. The only place where reservations change, and stock with them. */
@Injectable()
export class DecisionService {
  private readonly groups = new GroupCommit<ReservationCommand, CommandOutcome>(
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
   * Decides a command together with the commands that arrive at the same time, unless its signal is
   * aborted by then. Resolves after its commit.
   */
  submit(command: ReservationCommand, signal?: CancellationSignal): Promise<CommandOutcome> {
    return this.groups.submit(command, signal);
  }

  /**
   * Ends holds whose time has run out, up to a bound. One instance at a time; the others find nothing
   * to do. Gives whether there may be more.
   */
  async expireDue(): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await this.reservations.tryAdvisoryLock(tx, 'sweep'))) return false;
      const due = await this.reservations.findDue(tx, EXPIRE_BATCH);
      await this.expire(tx, due);
      return due.length === EXPIRE_BATCH;
    });
  }

  /** Ends all holds on these SKUs whose time has run out, within a bound. Gives whether it ended any. */
  async expireAllDueOf(skus: readonly string[]): Promise<boolean> {
    const deadlineMs = performance.now() + MAX_EXPIRE_MS;
    for (let hasExpiredAny = false; ; hasExpiredAny = true) {
      if (!(await this.expireDueOf(skus))) return hasExpiredAny;
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
      const before = await this.reservations.advanceHorizon(tx, retentionMs);
      const deleted = await this.reservations.deleteTombstones(tx, before, PRUNE_BATCH);
      return deleted === PRUNE_BATCH;
    });
  }

  /**
   * Decides a group. Before a basket is refused, holds on its SKUs whose time has run out are ended:
   * nobody is refused for want of a sweeper.
   */
  private async decideBatch(
    commands: readonly ReservationCommand[],
  ): Promise<readonly CommandOutcome[]> {
    const deadlineMs = performance.now() + MAX_EXPIRE_MS;
    for (;;) {
      const attempt = await this.database.transaction((tx) => this.attempt(tx, commands));
      if ('outcomes' in attempt) {
        failpoint('decision.committed');
        return attempt.outcomes;
      }
      if (performance.now() > deadlineMs) throw tooManyDue();
      await this.expireDueOf(attempt.dueSkus);
    }
  }

  private async expireDueOf(skus: readonly string[]): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const due = await this.reservations.findDueBySkus(tx, skus, EXPIRE_BATCH);
      await this.expire(tx, due);
      return due.length > 0;
    });
  }

  private async attempt(
    tx: PipelinedTransaction,
    commands: readonly ReservationCommand[],
  ): Promise<AttemptResult> {
    const state = await this.lockState(tx, commands);
    failpoint('decision.locked');
    const { outcomes, writes, shortSkus } = decide(state, commands);
    if (shortSkus.length > 0) {
      const due = await this.reservations.findDueBySkus(tx, shortSkus, 1);
      if (due.length > 0) return { dueSkus: shortSkus };
    }
    await this.write(tx, writes);
    failpoint('decision.written');
    return { outcomes };
  }

  private async expire(tx: PipelinedTransaction, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const commands = ids.map((id) => ({ kind: 'expire', id }) as const);
    const { writes } = decide(await this.lockState(tx, commands), commands);
    await this.write(tx, writes);
  }

  /**
   * Locks the levels, then reads the reservations: whoever decides on the same SKUs is either done
   * and seen, or waits for us. Always in this order, each in order of its key. All are sent at once;
   * Postgres takes them one after the other, in the order in which they are asked for here.
   */
  private async lockState(
    tx: PipelinedTransaction,
    commands: readonly ReservationCommand[],
  ): Promise<LockedState> {
    const ids = [...new Set(commands.map(({ id }) => id))];
    const lines = commands.flatMap((command) => ('lines' in command ? command.lines : []));
    const idsWithoutLines = new Set(
      commands.flatMap((command) => ('lines' in command ? [] : [command.id])),
    );
    const skus = new Set([
      ...lines.map(({ sku }) => sku),
      ...(idsWithoutLines.size > 0 ? await this.reservations.skusOf(tx, [...idsWithoutLines]) : []),
    ]);
    const [levels, reservations, clock] = await awaitPipelined([
      this.stock.lock(tx, [...skus]),
      this.reservations.lock(tx, ids),
      this.reservations.readClock(tx),
    ]);
    const withoutLines = reservations.filter(({ id }) => idsWithoutLines.has(id));
    if (withoutLines.some((reservation) => reservation.lines.some(({ sku }) => !skus.has(sku)))) {
      throw new RetryTransaction('A reservation appeared whose levels are not locked yet');
    }
    return {
      levels: new Map(levels.map((level) => [level.sku, level])),
      reservations: new Map(reservations.map((reservation) => [reservation.id, reservation])),
      ...clock,
    };
  }

  /** Sent at once, and made in this order. */
  private async write(tx: PipelinedTransaction, writes: PendingWrites): Promise<void> {
    const { created, updated, withExpiry, movements, levels } = writes;
    await awaitPipelined([
      created.length > 0 && this.reservations.insert(tx, created),
      updated.length > 0 && this.reservations.update(tx, updated),
      withExpiry.length > 0 && this.reservations.updateHeldUntil(tx, withExpiry),
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

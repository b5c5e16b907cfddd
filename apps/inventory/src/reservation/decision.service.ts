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
import { LedgerRepository } from '../stock/ledger.repository';
import { StockRepository } from '../stock/stock.repository';
import { type ReservationCommand, decide, type CommandOutcome } from './decide';
import { ReservationRepository } from './reservation.repository';
import type { PendingWrites, LockedState } from './unit-of-work';

/** Holds that expire in one transaction. */
const EXPIRE_BATCH = 256;
/** Time that a call may spend on due holds before its own decision. Other calls wait behind it. */
const MAX_EXPIRE_MS = 2_000;
/** Tombstones deleted in one transaction. */
const PRUNE_BATCH = 1_000;

/** The result of a transaction: outcomes, or SKUs whose due holds must expire first. */
type AttemptResult =
  { readonly outcomes: readonly CommandOutcome[] } | { readonly dueSkus: readonly string[] };

/** Locks, decides and writes. Only this service changes reservations and their stock. */
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
   * Decides a command in one transaction with the commands that wait at the same time, unless its
   * signal is aborted by then. Resolves after the commit.
   */
  submit(command: ReservationCommand, signal?: CancellationSignal): Promise<CommandOutcome> {
    return this.groups.submit(command, signal);
  }

  /**
   * Expires up to 256 due holds. One instance at a time does so; on the others it does nothing. Returns
   * whether there may be more.
   */
  async expireDue(): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if (!(await this.reservations.tryAdvisoryLock(tx, 'sweep'))) return false;
      const due = await this.reservations.findDue(tx, EXPIRE_BATCH);
      await this.expire(tx, due);
      return due.length === EXPIRE_BATCH;
    });
  }

  /** Expires all due holds of these SKUs. Returns whether there were any. Throws OVERLOADED after 2 s. */
  async expireAllDueOf(skus: readonly string[]): Promise<boolean> {
    const deadlineMs = performance.now() + MAX_EXPIRE_MS;
    for (let hasExpiredAny = false; ; hasExpiredAny = true) {
      if (!(await this.expireDueOf(skus))) return hasExpiredAny;
      if (performance.now() > deadlineMs) throw tooManyDue();
    }
  }

  /**
   * Deletes up to 1,000 tombstones whose ids are older than `retentionMs`. New reservations with such
   * ids are rejected from then on. Returns whether there may be more.
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
   * Decides a group. Before it rejects a basket, it expires the due holds of the short SKUs, so that no
   * decision depends on when the sweeper runs.
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
   * Locks the levels, then the reservations, always in this order and each in key order. Another
   * transaction on the same SKUs has then either committed, and is seen, or waits for this one. The
   * statements are pipelined; Postgres executes them in the order in which they are sent here.
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
      throw new RetryTransaction('A new reservation has levels that are not locked yet');
    }
    return {
      levels: new Map(levels.map((level) => [level.sku, level])),
      reservations: new Map(reservations.map((reservation) => [reservation.id, reservation])),
      ...clock,
    };
  }

  /** Pipelines the writes. Postgres executes them in this order. */
  private async write(tx: PipelinedTransaction, writes: PendingWrites): Promise<void> {
    const { created, updated, reduced, withExpiry, movements, levels } = writes;
    await awaitPipelined([
      created.length > 0 && this.reservations.insert(tx, created),
      updated.length > 0 && this.reservations.update(tx, updated),
      reduced.length > 0 && this.reservations.reduce(tx, reduced),
      withExpiry.length > 0 && this.reservations.updateHeldUntil(tx, withExpiry),
      movements.length > 0 && this.ledger.append(tx, movements),
      levels.length > 0 && this.stock.update(tx, levels),
    ]);
  }
}

/** A retry finds fewer due holds, because those that have expired stay so. */
const tooManyDue = (): ServiceError =>
  new ServiceError(
    'OVERLOADED',
    'Too many expired holds must be released first. Nothing else was done; try again.',
  );

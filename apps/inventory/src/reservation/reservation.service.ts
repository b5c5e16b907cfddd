import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { ServiceError } from '@app/errors';
import { Database, GROUP_LIMITS, GroupCommit, RetryTransaction } from '@app/postgres';
import { StockRepository } from '../stock/stock.repository';
import { type Changes, type Command, decide, type Facts, type Outcome } from './decide';
import { type Line, normalise, type Reservation } from './reservation';
import { ReservationRepository } from './reservation.repository';

/** Decides who gets what is left. Every method answers after its commit. */
@Injectable()
export class ReservationService {
  private readonly decisions = new GroupCommit<Command, Outcome>(
    (commands) => this.decideTogether(commands),
    { what: 'reservations', ...GROUP_LIMITS },
  );

  constructor(
    private readonly database: Database,
    private readonly reservations: ReservationRepository,
    private readonly stock: StockRepository,
  ) {}

  /** Holds a basket, all or nothing. Being rejected is a decision, not an error. */
  async create(id: string, lines: readonly Line[]): Promise<Reservation> {
    const outcome = await this.decisions.submit({ kind: 'hold', id, lines: normalise(lines) });
    return settled(outcome);
  }

  /**
   * Takes one line for good, or throws INSUFFICIENT_STOCK. Without an id each call is its own; with
   * one, a repeated call gets the first one's answer. Gives the id of the reservation.
   */
  async take(line: Line, id?: string): Promise<string> {
    const outcome = await this.decisions.submit({
      kind: 'take',
      id: id ?? uuidv7(),
      lines: [line],
      anonymous: id === undefined,
    });
    const reservation = settled(outcome);
    if (reservation.state === 'COMMITTED') return reservation.id;
    if (reservation.state === 'REJECTED') throw insufficientStock(reservation);
    throw ended(reservation);
  }

  /** Gives units back. Of an id that is not known it records that it was released. */
  async release(id: string): Promise<Reservation> {
    return settled(await this.decisions.submit({ kind: 'release', id }));
  }

  async get(id: string): Promise<Reservation> {
    const reservation = await this.reservations.find(id);
    if (reservation) return reservation;
    throw new ServiceError('RESERVATION_NOT_FOUND', `There is no reservation ${id}.`);
  }

  private decideTogether(commands: readonly Command[]): Promise<Outcome[]> {
    return this.database.transaction(async (tx) => {
      const facts = await this.lockFacts(tx, commands);
      const { outcomes, changes } = decide(facts, commands);
      await this.write(tx, changes);
      return outcomes;
    });
  }

  /**
   * Locks the levels, then reads the reservations: whoever decides on the same SKUs is either done
   * and seen, or waits for us. Always in this order, each in order of its key.
   */
  private async lockFacts(tx: EntityManager, commands: readonly Command[]): Promise<Facts> {
    const ids = [...new Set(commands.map(({ id }) => id))];
    const released = commands.filter(({ kind }) => kind === 'release').map(({ id }) => id);
    const skus = new Set([
      ...commands.flatMap((command) => ('lines' in command ? command.lines : [])).map(skuOf),
      ...(released.length > 0 ? await this.reservations.skusOf(tx, released) : []),
    ]);
    const levels = await this.stock.lock(tx, [...skus]);
    const reservations = await this.reservations.lock(tx, ids);
    const toRelease = reservations.filter(({ id }) => released.includes(id));
    if (toRelease.some(({ lines }) => lines.some(({ sku }) => !skus.has(sku)))) {
      throw new RetryTransaction('A reservation appeared whose levels are not locked yet');
    }
    return {
      levels: new Map(levels.map((level) => [level.sku, level])),
      reservations: new Map(reservations.map((reservation) => [reservation.id, reservation])),
      now: await this.stock.transactionTime(tx),
    };
  }

  private async write(tx: EntityManager, changes: Changes): Promise<void> {
    const { created, updated, movements, levels } = changes;
    if (created.length > 0) await this.reservations.insert(tx, created);
    if (updated.length > 0) await this.reservations.updateStates(tx, updated);
    if (movements.length > 0) await this.stock.append(tx, movements);
    if (levels.length > 0) await this.stock.update(tx, levels);
  }
}

const skuOf = ({ sku }: Line): string => sku;

const settled = ({ kind, reservation }: Outcome): Reservation => {
  if (kind === 'mismatch') throw mismatch(reservation);
  if (kind === 'refused') throw ended(reservation);
  return reservation;
};

const mismatch = ({ id }: Reservation): ServiceError =>
  new ServiceError(
    'RESERVATION_MISMATCH',
    `Reservation ${id} exists and is for something else; use a new reservation_id.`,
    { facts: { reservation_id: id } },
  );

const ended = ({ id, state }: Reservation): ServiceError =>
  new ServiceError('RESERVATION_ENDED', `Reservation ${id} is ${state}, which is final.`, {
    facts: { reservation_id: id, state },
    preconditions: [{ subject: `reservation/${id}`, description: `it is ${state}` }],
  });

/** The message is the tutorial's; the details say which SKU, and how much of it there is. */
const insufficientStock = ({ shortages }: Reservation): ServiceError =>
  new ServiceError('INSUFFICIENT_STOCK', 'insufficient stock', {
    facts: { shortages },
    preconditions: shortages.map(({ sku, requested, available, reason }) => ({
      subject: `sku/${sku}`,
      description:
        reason === 'UNKNOWN_SKU'
          ? `${sku} is not a known SKU`
          : `${requested} requested, ${available} available`,
    })),
  });

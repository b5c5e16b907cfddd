import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import type { CancellationSignal } from '@app/batching';
import { isValidLine, type LineDto } from '@app/contracts';
import type { CommandOutcome } from './decide';
import { DecisionService } from './decision.service';
import { mergeLines, type Reservation } from './reservation';
import {
  reservationEnded,
  impossibleLine,
  insufficientStock,
  nothingLeft,
  quantityIncreased,
  reducedTooOften,
  reservationMismatch,
  heldUnitsMissing,
  reservationNotFound,
  reservationIdTooOld,
} from './reservation-errors';
import { ReservationRepository } from './reservation.repository';

/**
 * The use cases of reservations. Every method resolves after its commit. A command whose signal is
 * aborted before its turn is not executed.
 */
@Injectable()
export class ReservationService {
  constructor(
    private readonly decisions: DecisionService,
    private readonly reservations: ReservationRepository,
  ) {}

  /**
   * Holds all lines of a basket, or none, for `ttlMs`. Null: until it is committed or released. A
   * rejection is a decision, not an error. The same id with the same lines returns the recorded
   * decision.
   */
  async create(
    id: string,
    lines: readonly LineDto[],
    ttlMs: number | null = null,
    signal?: CancellationSignal,
  ): Promise<Reservation> {
    const command = { kind: 'hold', id, lines: mergeLines(lines), ttlMs } as const;
    return reservationOrThrow(await this.decisions.submit(command, signal));
  }

  /**
   * Commits one line at once, or throws INSUFFICIENT_STOCK. A repeated call with the same id returns
   * the first result; without an id, each call takes units. Returns the id of the reservation. A line
   * that no reservation can have is rejected, and not recorded.
   */
  async take(line: LineDto, id?: string, signal?: CancellationSignal): Promise<string> {
    if (!isValidLine(line)) throw impossibleLine(line);
    const command = {
      kind: 'take',
      id: id ?? uuidv7(),
      lines: [line],
      hasGeneratedId: id === undefined,
    } as const;
    const reservation = reservationOrThrow(await this.decisions.submit(command, signal));
    if (reservation.state === 'COMMITTED') return reservation.id;
    if (reservation.state === 'REJECTED') throw insufficientStock(reservation.shortages);
    throw reservationEnded(reservation);
  }

  /** Removes the held units from stock. */
  async commit(id: string, signal?: CancellationSignal): Promise<Reservation> {
    return reservationOrThrow(await this.decisions.submit({ kind: 'commit', id }, signal));
  }

  /** Makes the held units available again. Records an unknown id as released. */
  async release(id: string, signal?: CancellationSignal): Promise<Reservation> {
    return reservationOrThrow(await this.decisions.submit({ kind: 'release', id }, signal));
  }

  /**
   * Makes the held units beyond `lines` available again: each SKU keeps at most as many as these lines
   * name, a SKU that they do not name keeps none. Never adds units, so calls may arrive in any order.
   */
  async reduce(
    id: string,
    lines: readonly LineDto[],
    signal?: CancellationSignal,
  ): Promise<Reservation> {
    const command = { kind: 'reduce', id, kept: mergeLines(lines) } as const;
    return reservationOrThrow(await this.decisions.submit(command, signal));
  }

  /** Extends the hold to at least `ttlMs` from now. Null: until it is committed or released. */
  async extend(
    id: string,
    ttlMs: number | null,
    signal?: CancellationSignal,
  ): Promise<Reservation> {
    return reservationOrThrow(await this.decisions.submit({ kind: 'extend', id, ttlMs }, signal));
  }

  /** Returns a reservation. Expires it first if it is due. */
  async get(id: string, signal?: CancellationSignal): Promise<Reservation> {
    const found = await this.reservations.find(id, { signal });
    if (!found) throw reservationNotFound(id);
    if (!found.isDue) return found.reservation;
    return reservationOrThrow(await this.decisions.submit({ kind: 'expire', id }, signal));
  }
}

const reservationOrThrow = (outcome: CommandOutcome): Reservation => {
  switch (outcome.kind) {
    case 'decided':
      return outcome.reservation;
    case 'mismatch':
      throw reservationMismatch(outcome.reservation);
    case 'ended':
      throw reservationEnded(outcome.reservation);
    case 'increased':
      throw quantityIncreased(outcome.id, outcome.lines);
    case 'nothingLeft':
      throw nothingLeft(outcome.id);
    case 'reducedTooOften':
      throw reducedTooOften(outcome.id);
    case 'short':
      throw heldUnitsMissing(outcome.shortages);
    case 'unknown':
      throw reservationNotFound(outcome.id);
    case 'idTooOld':
      throw reservationIdTooOld(outcome.id);
  }
};

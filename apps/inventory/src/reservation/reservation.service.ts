import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import type { IsAwaited } from '@app/batching';
import type { Outcome } from './decide';
import { DecisionService } from './decision.service';
import { type Line, normalise, type Reservation } from './reservation';
import {
  ended,
  insufficientStock,
  mismatch,
  missingStock,
  notFound,
  tooOld,
} from './reservation-errors';
import { ReservationRepository } from './reservation.repository';

/**
 * What can be done with reservations. Every method answers after its commit, and begins nothing that
 * nobody waits for any more.
 */
@Injectable()
export class ReservationService {
  constructor(
    private readonly decisions: DecisionService,
    private readonly reservations: ReservationRepository,
  ) {}

  /**
   * Holds a basket, all or nothing, for `ttlMs` or, with null, until it is committed or released.
   * Being rejected is a decision, not an error. The same id with the same lines gets the recorded
   * decision.
   */
  async create(
    id: string,
    lines: readonly Line[],
    ttlMs: number | null = null,
    isAwaited?: IsAwaited,
  ): Promise<Reservation> {
    const command = { kind: 'hold', id, lines: normalise(lines), ttlMs } as const;
    return reservationOf(await this.decisions.submit(command, isAwaited));
  }

  /**
   * Takes one line for good, or throws INSUFFICIENT_STOCK. Without an id each call is its own; with
   * one, a repeated call gets the first one's answer. Gives the id of the reservation.
   */
  async take(line: Line, id?: string, isAwaited?: IsAwaited): Promise<string> {
    const command = {
      kind: 'take',
      id: id ?? uuidv7(),
      lines: [line],
      anonymous: id === undefined,
    } as const;
    const reservation = reservationOf(await this.decisions.submit(command, isAwaited));
    if (reservation.state === 'COMMITTED') return reservation.id;
    if (reservation.state === 'REJECTED') throw insufficientStock(reservation.shortages);
    throw ended(reservation);
  }

  /** Lets held units leave the stock. */
  async commit(id: string, isAwaited?: IsAwaited): Promise<Reservation> {
    return reservationOf(await this.decisions.submit({ kind: 'commit', id }, isAwaited));
  }

  /** Gives units back. Of an id that is not known it records that it was released. */
  async release(id: string, isAwaited?: IsAwaited): Promise<Reservation> {
    return reservationOf(await this.decisions.submit({ kind: 'release', id }, isAwaited));
  }

  /** Holds it for `ttlMs` from now, or longer; with null, until it is committed or released. */
  async extend(id: string, ttlMs: number | null, isAwaited?: IsAwaited): Promise<Reservation> {
    return reservationOf(await this.decisions.submit({ kind: 'extend', id, ttlMs }, isAwaited));
  }

  /** A hold whose time has run out is ended here and now, rather than told of as held. */
  async get(id: string, isAwaited?: IsAwaited): Promise<Reservation> {
    const found = await this.reservations.find(id);
    if (!found) throw notFound(id);
    if (!found.due) return found.reservation;
    return reservationOf(await this.decisions.submit({ kind: 'expire', id }, isAwaited));
  }
}

const reservationOf = (outcome: Outcome): Reservation => {
  switch (outcome.kind) {
    case 'decided':
      return outcome.reservation;
    case 'mismatch':
      throw mismatch(outcome.reservation);
    case 'ended':
      throw ended(outcome.reservation);
    case 'short':
      throw missingStock(outcome.shortages);
    case 'unknown':
      throw notFound(outcome.id);
    case 'forgotten':
      throw tooOld(outcome.id);
  }
};

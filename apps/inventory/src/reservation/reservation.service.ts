import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import type { CancellationSignal } from '@app/batching';
import type { LineDto } from '@app/contracts';
import type { CommandOutcome } from './decide';
import { DecisionService } from './decision.service';
import { mergeLines, type Reservation } from './reservation';
import {
  reservationEnded,
  insufficientStock,
  reservationMismatch,
  heldUnitsMissing,
  reservationNotFound,
  reservationIdTooOld,
} from './reservation-errors';
import { ReservationRepository } from './reservation.repository';

/**
 * What can be done with reservations. Every method resolves after its commit. A command whose signal
 * is aborted before its turn is not executed.
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
    lines: readonly LineDto[],
    ttlMs: number | null = null,
    signal?: CancellationSignal,
  ): Promise<Reservation> {
    const command = { kind: 'hold', id, lines: mergeLines(lines), ttlMs } as const;
    return reservationOrThrow(await this.decisions.submit(command, signal));
  }

  /**
   * Takes one line for good, or throws INSUFFICIENT_STOCK. Without an id each call is its own; with
   * one, a repeated call gets the first one's answer. Gives the id of the reservation.
   */
  async take(line: LineDto, id?: string, signal?: CancellationSignal): Promise<string> {
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

  /** Lets held units leave the stock. */
  async commit(id: string, signal?: CancellationSignal): Promise<Reservation> {
    return reservationOrThrow(await this.decisions.submit({ kind: 'commit', id }, signal));
  }

  /** Gives units back. Of an id that is not known it records that it was released. */
  async release(id: string, signal?: CancellationSignal): Promise<Reservation> {
    return reservationOrThrow(await this.decisions.submit({ kind: 'release', id }, signal));
  }

  /** Holds it for `ttlMs` from now, or longer; with null, until it is committed or released. */
  async extend(
    id: string,
    ttlMs: number | null,
    signal?: CancellationSignal,
  ): Promise<Reservation> {
    return reservationOrThrow(await this.decisions.submit({ kind: 'extend', id, ttlMs }, signal));
  }

  /** A hold whose time has run out is ended here and now, rather than told of as held. */
  async get(id: string, signal?: CancellationSignal): Promise<Reservation> {
    const found = await this.reservations.find(id);
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
    case 'short':
      throw heldUnitsMissing(outcome.shortages);
    case 'unknown':
      throw reservationNotFound(outcome.id);
    case 'idTooOld':
      throw reservationIdTooOld(outcome.id);
  }
};

import { Injectable, Logger } from '@nestjs/common';
import type { PipelinedTransaction } from '@app/postgres';
import { AdjustmentRepository, type UnmetReservation } from './adjustment.repository';

const MAX_UNMET = 1_000;
/** Then no further page of the ledger is read. */
const MAX_READ_MS = 1_000;

export interface UnmetReservations {
  /** The youngest first. At most 1,000. */
  readonly unmet: readonly UnmetReservation[];
  /** Whether `unmet` lacks reservations. */
  readonly isIncomplete: boolean;
}

/** Finds the held reservations that the units on hand do not cover. */
@Injectable()
export class UnmetReservationsService {
  private readonly logger = new Logger(UnmetReservationsService.name);

  constructor(private readonly adjustments: AdjustmentRepository) {}

  /**
   * Returns the reservations that are not covered if the oldest are served first. Never throws: the
   * adjustment that caused the shortfall is recorded, and its caller must learn that. Takes about a
   * second at most, however long the ledger of the SKU is.
   */
  async find(sku: string): Promise<UnmetReservations> {
    try {
      return await this.adjustments.withSnapshot((tx) => this.read(tx, sku));
    } catch (error) {
      this.logger.warn({ err: error }, `Could not read the unmet reservations of ${sku}`);
      return { unmet: [], isIncomplete: true };
    }
  }

  /** Reads the ledger backwards until the youngest holds make up the shortfall. */
  private async read(tx: PipelinedTransaction, sku: string): Promise<UnmetReservations> {
    const deadlineMs = performance.now() + MAX_READ_MS;
    const unmet: UnmetReservation[] = [];
    let missing = await this.adjustments.shortfallOf(tx, sku);
    let beforeSeq: number | null = null;
    while (missing > 0 && performance.now() < deadlineMs) {
      const { holds, firstSeq } = await this.adjustments.holdsBefore(tx, sku, beforeSeq);
      if (firstSeq === null) break;
      for (const hold of holds) {
        if (missing <= 0) break;
        if (unmet.length === MAX_UNMET) return { unmet, isIncomplete: true };
        unmet.push(hold);
        missing -= hold.quantity;
      }
      beforeSeq = firstSeq;
    }
    return { unmet, isIncomplete: missing > 0 };
  }
}

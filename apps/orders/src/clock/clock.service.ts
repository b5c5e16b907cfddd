import { Injectable, Logger } from '@nestjs/common';
import { V7Generator } from 'uuidv7';
import { Database } from '@app/postgres';
import { RemoteClock } from '@app/runtime';
import { type Clocks, type ClockSkews, referenceTime, skewsOf } from './reference-time';

/** A database that does not answer within this time is not read. */
const READ_TIMEOUT_MS = 1_000;
/** Skews below this do no harm and are not logged. */
const LOGGED_SKEW_MS = 1_000;

/** The time of this service. It does not depend on the clock of this process alone. */
@Injectable()
export class ClockService {
  private readonly logger = new Logger(ClockService.name);
  private readonly inventoryDatabase = new RemoteClock();
  private readonly generator = new V7Generator();
  private isSkewLogged = false;

  constructor(private readonly database: Database) {}

  /** Returns a new UUIDv7 with the reference time, later than those before unless it steps back by 10 s. */
  newId(): string {
    const nowMs = Math.round(referenceTime(this.clocks()));
    return this.generator.generateOrResetWithTs(nowMs).toString();
  }

  /** Returns how far each clock is ahead of the reference time. */
  skews(): ClockSkews {
    return skewsOf(this.clocks());
  }

  /** Reads the clock of Orders' database, if it is available. Logs the begin and the end of a skew. */
  async refresh(): Promise<void> {
    await this.database.check(READ_TIMEOUT_MS).catch(() => undefined);
    this.logSkew();
  }

  /** Records the time of Inventory's database; `sentMs` is `performance.now()` before the call. */
  recordInventoryTime(time: Date, sentMs: number): void {
    this.inventoryDatabase.record(time, sentMs, performance.now());
  }

  private clocks(): Clocks {
    return {
      process: Date.now(),
      ordersDatabase: this.database.clock.nowMs(),
      inventoryDatabase: this.inventoryDatabase.nowMs(),
    };
  }

  private logSkew(): void {
    const skews = this.skews();
    const largest = Math.max(...Object.values(skews).map((skew) => Math.abs(Number(skew ?? 0))));
    const isSkewed = largest > LOGGED_SKEW_MS;
    if (isSkewed === this.isSkewLogged) return;
    this.isSkewLogged = isSkewed;
    if (isSkewed) {
      this.logger.warn({ skewsMs: skews }, 'A clock is wrong; ids use the time of the two others');
    } else this.logger.log({ skewsMs: skews }, 'All clocks agree again');
  }
}

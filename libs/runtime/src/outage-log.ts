import { Logger } from '@nestjs/common';

/**
 * Logs the begin and the end of an outage of a dependency, one line each instead of one per call.
 */
export class OutageLog {
  private isUp = true;
  private readonly logger = new Logger(OutageLog.name);

  constructor(private readonly name: string) {}

  /** Logs that it is available again, if it was unavailable. */
  recordUp(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.logger.log(`${this.name} is available again`);
  }

  /** Logs that it is unavailable, unless that is logged already. */
  recordDown(reason: string): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.logger.warn(`${this.name} is unavailable (${reason}); retrying`);
  }
}

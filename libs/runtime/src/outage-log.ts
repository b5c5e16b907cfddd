import { Logger } from '@nestjs/common';

/** Logs the loss and the return of another process once each: a warning and an info line. */
export class OutageLog {
  private isAvailable = true;
  private readonly logger = new Logger(OutageLog.name);

  constructor(private readonly what: string) {}

  /** Logs that it is available again, if it was unavailable. */
  recordUp(): void {
    if (this.isAvailable) return;
    this.isAvailable = true;
    this.logger.log(`${this.what} is available again`);
  }

  /** Logs that it is unavailable, unless that is logged already. */
  recordDown(reason: string): void {
    if (!this.isAvailable) return;
    this.isAvailable = false;
    this.logger.warn(`${this.what} is unavailable (${reason}); retrying`);
  }
}

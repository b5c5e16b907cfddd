import { Logger } from '@nestjs/common';

/**
 * Logs the begin and the end of an outage of a dependency, one line each instead of one per call.
 */
export class OutageLog {
  private isUp = true;
  private readonly logger = new Logger(OutageLog.name);

  constructor(private readonly name: string) {}

  recordUp(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.logger.log(`${this.name} is available again`);
  }

  recordDown(reason: string): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.logger.warn(`${this.name} is unavailable (${reason}); retrying`);
  }
}

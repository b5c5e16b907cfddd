import { Logger } from '@nestjs/common';

/** Says when something stops answering and when it answers again: one line each, not one a call. */
export class OutageLog {
  private isUp = true;
  private readonly logger = new Logger(OutageLog.name);

  constructor(private readonly name: string) {}

  recordUp(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.logger.log(`${this.name} answers again`);
  }

  recordDown(why: string): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.logger.warn(`${this.name} gives no answer (${why}); still trying`);
  }
}

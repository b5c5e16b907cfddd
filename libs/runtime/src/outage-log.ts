import { Logger } from '@nestjs/common';

/** Says when something stops answering and when it answers again: one line each, not one a call. */
export class OutageLog {
  private answering = true;
  private readonly logger = new Logger(OutageLog.name);

  constructor(private readonly what: string) {}

  recordUp(): void {
    if (this.answering) return;
    this.answering = true;
    this.logger.log(`${this.what} answers again`);
  }

  recordDown(why: string): void {
    if (!this.answering) return;
    this.answering = false;
    this.logger.warn(`${this.what} gives no answer (${why}); still trying`);
  }
}

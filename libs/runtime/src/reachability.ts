import { Logger } from '@nestjs/common';

/** Says when something stops answering and when it answers again: one line each, not one a call. */
export class Reachability {
  private answering = true;
  private readonly logger = new Logger(Reachability.name);

  constructor(private readonly what: string) {}

  answered(): void {
    if (this.answering) return;
    this.answering = true;
    this.logger.log(`${this.what} answers again`);
  }

  gaveNoAnswer(why: string): void {
    if (!this.answering) return;
    this.answering = false;
    this.logger.warn(`${this.what} gives no answer (${why}); still trying`);
  }
}

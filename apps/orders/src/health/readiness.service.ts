import { Injectable } from '@nestjs/common';

/** Whether this instance is shutting down and should receive no more requests. */
@Injectable()
export class Readiness {
  private stopping = false;

  get isStopping(): boolean {
    return this.stopping;
  }

  /** Marks this instance as shutting down, for good. */
  stop(): void {
    this.stopping = true;
  }
}

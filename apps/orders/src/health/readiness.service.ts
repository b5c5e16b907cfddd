import { Injectable } from '@nestjs/common';

/** Whether this instance is about to end, and should get no more requests. */
@Injectable()
export class Readiness {
  private stopping = false;

  get isStopping(): boolean {
    return this.stopping;
  }

  stop(): void {
    this.stopping = true;
  }
}

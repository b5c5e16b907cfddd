import { Logger } from '@nestjs/common';

/** Lines of one dependency in one window: three outages. */
const MAX_LINES = 6;
const WINDOW_MS = 30_000;

/**
 * Logs the begin and the end of an outage of a dependency, one line each instead of one per call. If the
 * dependency comes and goes, the log pauses, and then has one line with the state and the number of
 * outages.
 */
export class OutageLog {
  private isUp = true;
  private reason = '';
  private loggedIsUp = true;
  private unloggedOutages = 0;
  private writtenAtMs: readonly number[] = [];
  private pause: NodeJS.Timeout | undefined;
  private readonly logger = new Logger(OutageLog.name);

  constructor(private readonly name: string) {}

  /** Whether the last record is that it is unavailable. */
  get isDown(): boolean {
    return !this.isUp;
  }

  /** Logs that it is available again, if it was unavailable. */
  recordUp(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.logOrPause();
  }

  /** Logs that it is unavailable, unless that is logged already. */
  recordDown(reason: string): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.reason = reason;
    this.unloggedOutages += 1;
    this.logOrPause();
  }

  private logOrPause(): void {
    if (this.pause) return;
    const nowMs = performance.now();
    this.writtenAtMs = this.writtenAtMs.filter((writtenMs) => nowMs - writtenMs < WINDOW_MS);
    const [oldestMs = nowMs] = this.writtenAtMs;
    if (this.writtenAtMs.length < MAX_LINES) {
      this.writtenAtMs = [...this.writtenAtMs, nowMs];
      this.write();
      return;
    }
    this.pause = setTimeout(
      () => {
        this.pause = undefined;
        if (this.isUp !== this.loggedIsUp || this.unloggedOutages > 0) this.logOrPause();
      },
      oldestMs + WINDOW_MS - nowMs,
    ).unref();
  }

  private write(): void {
    const { name, isUp, reason, unloggedOutages } = this;
    this.loggedIsUp = isUp;
    this.unloggedOutages = 0;
    const outages = unloggedOutages > 1 ? `, after ${unloggedOutages} outages` : '';
    if (isUp) this.logger.log(`${name} is available again${outages}`);
    else this.logger.warn(`${name} is unavailable (${reason})${outages}; retrying`);
  }
}

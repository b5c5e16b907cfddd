import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { OrderActivity } from './order-activity';

/** Five lines in 30 s, as many as the log has of one kind even if they are equal. */
const INTERVAL_MS = 6_000;

/** Logs the orders per second by outcome, in development. Logs nothing while there are none. */
@Injectable()
export class OrderActivityLogger implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(OrderActivityLogger.name);
  private timer: NodeJS.Timeout | undefined;
  private sinceMs = performance.now();

  constructor(private readonly activity: OrderActivity) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.log(), INTERVAL_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.log();
  }

  private log(): void {
    const nowMs = performance.now();
    const line = this.activity.take((nowMs - this.sinceMs) / 1_000);
    this.sinceMs = nowMs;
    if (line !== undefined) this.logger.log(line);
  }
}

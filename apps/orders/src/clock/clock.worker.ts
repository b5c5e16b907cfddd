import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { ClockService } from './clock.service';

/** Reads the clock of Orders' database, at first before the service accepts requests. */
@Injectable()
export class ClockReader extends PollingWorker {
  constructor(clock: ClockService) {
    super(() => clock.refresh().then(() => false), {
      what: 'read the clock of the database',
      intervalMs: 1_000,
      runsBeforeStart: true,
      stopsEarly: true,
    });
  }
}

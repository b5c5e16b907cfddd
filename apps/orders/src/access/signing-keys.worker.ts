import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { SigningKeys } from './signing-keys.service';

/** After a fetch that failed. */
const RETRY_INTERVAL_MS = 5_000;
/** After one that succeeded. A key that the identity provider withdraws is accepted for this much longer. */
const REFRESH_INTERVAL_MS = 300_000;

/** Fetches the signing keys at start, and keeps them current. */
@Injectable()
export class SigningKeysRefresher extends PollingWorker {
  constructor(keys: SigningKeys) {
    super(() => keys.refresh().then(() => false), {
      what: 'fetch the signing keys',
      intervalMs: RETRY_INTERVAL_MS,
      rest: { isAtRest: () => keys.areCurrent, intervalMs: REFRESH_INTERVAL_MS },
      stopsEarly: true,
    });
  }
}

import { Injectable } from '@nestjs/common';
import {
  createLocalJWKSet,
  type CryptoKey,
  errors,
  type JWTVerifyGetKey,
  type LocalJWKSet,
} from 'jose';
import { OutageLog } from '@app/runtime';
import { signingKeysUnavailable } from './access-errors';
import { SigningKeysClient } from './signing-keys.client';

/** Between the last fetch and one for a key id that is not known: a flood of them causes no more. */
const UNKNOWN_KEY_INTERVAL_MS = 30_000;

/**
 * The keys that verify tokens, as the identity provider last published them. A fetch that fails changes
 * nothing: however long the key server is unavailable, the keys before it remain valid. The remote key set of
 * jose rejects all tokens once its keys are 10 minutes old and cannot be fetched again.
 */
@Injectable()
export class SigningKeys {
  private readonly outages = new OutageLog('The key server');
  private keys: LocalJWKSet | undefined;
  private fetchedAtMs = -Infinity;
  private fetching: Promise<boolean> | undefined;
  private isCurrent = false;

  constructor(private readonly client: SigningKeysClient) {}

  /** Whether the last fetch succeeded. */
  get areCurrent(): boolean {
    return this.isCurrent;
  }

  /** Fetches the keys. Returns whether that succeeded. Calls at the same time share one fetch. */
  refresh(): Promise<boolean> {
    this.fetching ??= this.fetch().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  /**
   * Returns the key that the header of a token names. An unknown one may be new, so the keys are fetched
   * again, if the last fetch was more than 30 s ago. Throws SIGNING_KEYS_UNAVAILABLE before the first
   * successful fetch.
   */
  readonly find: JWTVerifyGetKey<CryptoKey> = async (header, token) => {
    if (!this.keys) await this.fetching;
    if (!this.keys) throw signingKeysUnavailable();
    try {
      return await this.keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (!(await this.refreshForUnknownKey())) throw error;
      return this.keys(header, token);
    }
  };

  private async refreshForUnknownKey(): Promise<boolean> {
    const isTooSoon = performance.now() - this.fetchedAtMs < UNKNOWN_KEY_INTERVAL_MS;
    if (!this.fetching && isTooSoon) return false;
    return this.refresh();
  }

  private async fetch(): Promise<boolean> {
    this.fetchedAtMs = performance.now();
    try {
      this.keys = createLocalJWKSet(await this.client.fetch());
      this.isCurrent = true;
      this.outages.recordUp();
    } catch (error) {
      this.isCurrent = false;
      this.outages.recordDown((error as Error).message);
    }
    return this.isCurrent;
  }
}

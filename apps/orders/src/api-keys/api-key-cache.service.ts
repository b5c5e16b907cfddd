import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import {
  ApiKeyRepository,
  isRightSecret,
  type ParsedApiKey,
  parseApiKey,
  type StoredApiKey,
  USE_INTERVAL_SECONDS,
} from '@app/access';
import { GroupCommit } from '@app/batching';
import { ApiKeyAuthenticator } from '../access/api-key.authenticator';
import type { Principal } from '../access/principal';
import { ExpiringCache } from '../access/expiring-cache';

/** A revocation acts within 5 s: this long, and the time of a look-up that had begun before it. */
const MAX_AGE_MS = 3_000;
/** Some 3 MB. */
const MAX_KEYS = 10_000;
/** Apart from the keys, so that a flood of invented ones evicts none. */
const MAX_UNKNOWN = 10_000;
/** Uses that one statement records. */
const MAX_USES = 1_000;
const USE_INTERVAL_MS = USE_INTERVAL_SECONDS * 1_000;

/** One look-up at a time, of all keys that have arrived meanwhile, so that a flood uses one connection. */
const LOOK_UPS = { what: 'API keys', maxGroupSize: 256, maxQueued: 4_096, maxWaitMs: 2_000 };

/** A key as it was found, with times of `performance.now()`. */
interface KnownKey {
  readonly id: string;
  readonly secretHash: Buffer;
  readonly principal: Principal;
  readonly isRevoked: boolean;
  readonly expiresAtMs: number;
  /** From when on a use is worth recording. */
  recordsUsesFromMs: number;
}

interface FoundKey {
  readonly key: KnownKey | undefined;
  /** Before the query: what was found was true then, or later. */
  readonly sinceMs: number;
}

const toKnownKey = (stored: StoredApiKey, sinceMs: number): KnownKey => {
  const { id, secretHash, subject, scopes, isRevoked, expiresInMs, unusedMs } = stored;
  return {
    id,
    secretHash,
    principal: Object.freeze({ kind: 'apiKey', subject, scopes: new Set(scopes), keyId: id }),
    isRevoked,
    expiresAtMs: expiresInMs === null ? Infinity : sinceMs + expiresInMs,
    recordsUsesFromMs: unusedMs === null ? -Infinity : sinceMs - unusedMs + USE_INTERVAL_MS,
  };
};

/** Authenticates API keys, with a short memory of those that were looked up. */
@Injectable()
export class ApiKeyCache extends ApiKeyAuthenticator implements BeforeApplicationShutdown {
  private readonly known = new ExpiringCache<KnownKey>(MAX_AGE_MS, MAX_KEYS);
  private readonly unknown = new ExpiringCache<true>(MAX_AGE_MS, MAX_UNKNOWN);
  private readonly lookUps = new GroupCommit<string, FoundKey>(
    (prefixes) => this.lookUp(prefixes),
    LOOK_UPS,
  );
  /** When each key was used last, until that is recorded. */
  private readonly uses = new Map<string, number>();

  constructor(private readonly keys: ApiKeyRepository) {
    super();
  }

  async authenticate(text: string): Promise<Principal | undefined> {
    const parsed = parseApiKey(text);
    if (!parsed) return undefined;
    return this.accept(parsed, await this.find(parsed.prefix));
  }

  recall(text: string): Principal | undefined {
    const parsed = parseApiKey(text);
    return parsed && this.accept(parsed, this.known.get(parsed.prefix, performance.now()));
  }

  private accept(parsed: ParsedApiKey, key: KnownKey | undefined): Principal | undefined {
    // Takes the same time whether there is such a key, whether it is valid, and how much of the secret is right.
    const isRight = isRightSecret(parsed.secret, key?.secretHash);
    const nowMs = performance.now();
    if (!key || !isRight || key.isRevoked || nowMs >= key.expiresAtMs) return undefined;
    if (nowMs >= key.recordsUsesFromMs) {
      key.recordsUsesFromMs = nowMs + USE_INTERVAL_MS;
      this.uses.set(key.id, nowMs);
    }
    return key.principal;
  }

  /** Records uses of the last seconds. Returns whether there are more. */
  async recordUses(): Promise<boolean> {
    const uses = [...this.uses].slice(0, MAX_USES);
    if (uses.length === 0) return false;
    const nowMs = performance.now();
    await this.keys.recordUses(uses.map(([id, atMs]) => ({ id, ageMs: nowMs - atMs })));
    for (const [id, atMs] of uses) if (this.uses.get(id) === atMs) this.uses.delete(id);
    return uses.length === MAX_USES;
  }

  /** Uses of the last requests are lost if the database is unavailable. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.recordUses().catch(() => undefined);
  }

  private async find(prefix: string): Promise<KnownKey | undefined> {
    const nowMs = performance.now();
    const known = this.known.get(prefix, nowMs);
    if (known) return known;
    if (this.unknown.get(prefix, nowMs)) return undefined;
    const { key, sinceMs } = await this.lookUps.submit(prefix);
    if (key) this.known.set(prefix, key, sinceMs);
    else this.unknown.set(prefix, true, sinceMs);
    return key;
  }

  private async lookUp(prefixes: readonly string[]): Promise<readonly FoundKey[]> {
    const sinceMs = performance.now();
    const stored = await this.keys.lookUp([...new Set(prefixes)]);
    const found = new Map(stored.map((each) => [each.prefix, toKnownKey(each, sinceMs)]));
    return prefixes.map((prefix) => ({ key: found.get(prefix), sinceMs }));
  }
}

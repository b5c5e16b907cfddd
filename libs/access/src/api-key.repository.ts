import { uuidv7 } from 'uuidv7';
import { type Database, type LaneRequest, PreparedStatement } from '@app/postgres';
import { type ApiKey, type ApiKeySettings, newApiKey } from './api-key';
import type { Reads } from './reads';
import type { Scope } from '@app/contracts';

/** A key as it is looked up to authenticate a call. */
export interface StoredApiKey {
  readonly id: string;
  readonly prefix: string;
  readonly secretHash: Buffer;
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly isRevoked: boolean;
  /** Until it expires, from the moment of the query; null if it does not. Negative: it has expired. */
  readonly expiresInMs: number | null;
  /** Since its last recorded use; null if there is none. */
  readonly unusedMs: number | null;
}

/** A key with its text, which no other method returns. */
export interface CreatedApiKey {
  readonly key: ApiKey;
  readonly text: string;
}

export interface ApiKeyQuery {
  readonly limit: number;
  /** Only keys that are older than the one with this id. */
  readonly before?: string;
}

/** A use that is more recent than this is not recorded again. */
export const USE_INTERVAL_SECONDS = 60;

const KEY = `
  id, prefix, name, subject, scopes, created_at as "createdAt", expires_at as "expiresAt",
  revoked_at as "revokedAt", last_used_at as "lastUsedAt"`;

const INSERT = `
  insert into api_key (id, prefix, secret_hash, name, subject, scopes, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7) on conflict (prefix) do nothing
  returning ${KEY}`;

const REVOKE = `
  update api_key set revoked_at = coalesce(revoked_at, clock_timestamp())
   where id = $1 returning ${KEY}`;

/** Runs for every key that is in use, every few seconds. */
const LOOK_UP = new PreparedStatement(`
  select id, prefix, secret_hash as "secretHash", subject, scopes,
         revoked_at is not null as "isRevoked",
         (extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as "expiresInMs",
         (extract(epoch from clock_timestamp() - last_used_at) * 1000)::float8 as "unusedMs"
    from api_key where prefix = any($1::text[])`);

/** Skips a row that another instance is writing: that one records a use as well. */
const RECORD_USES = `
  with due as (
    select k.id, u.used_at
      from unnest($1::uuid[], $2::float8[]) as given (id, age_ms)
     cross join lateral (
       select clock_timestamp() - given.age_ms * interval '1 millisecond' as used_at) u
      join api_key k on k.id = given.id
     where k.last_used_at is null
        or k.last_used_at <= u.used_at - interval '${USE_INTERVAL_SECONDS} seconds'
     order by k.id for update of k skip locked)
  update api_key k set last_used_at = due.used_at from due where k.id = due.id`;

/** All SQL of API keys. */
export class ApiKeyRepository {
  constructor(
    private readonly database: Database,
    private readonly reads: Reads,
  ) {}

  /** Creates a key with a new secret. */
  async create(settings: ApiKeySettings): Promise<CreatedApiKey> {
    const { name, subject, scopes, expiresAt } = settings;
    for (;;) {
      const { prefix, secretHash, text } = newApiKey();
      const parameters = [uuidv7(), prefix, secretHash, name, subject, scopes, expiresAt];
      const [key] = await this.database.write<ApiKey>(INSERT, parameters);
      // Otherwise another key has the same prefix, of 10^12 that there are.
      if (key) return { key, text };
    }
  }

  /** Returns keys, the newest first. */
  list({ limit, before }: ApiKeyQuery, request?: LaneRequest): Promise<ApiKey[]> {
    const where = before === undefined ? '' : 'where id < $2';
    const sql = `select ${KEY} from api_key ${where} order by id desc limit $1`;
    const parameters = before === undefined ? [limit] : [limit, before];
    return this.reads.query<ApiKey>(sql, parameters, request);
  }

  async find(id: string, request?: LaneRequest): Promise<ApiKey | undefined> {
    const sql = `select ${KEY} from api_key where id = $1`;
    const [found] = await this.reads.query<ApiKey>(sql, [id], request);
    return found;
  }

  async findByPrefix(prefix: string): Promise<ApiKey | undefined> {
    const sql = `select ${KEY} from api_key where prefix = $1`;
    const [found] = await this.reads.query<ApiKey>(sql, [prefix]);
    return found;
  }

  /** Revokes a key; one that is revoked stays as it is. Returns undefined if it does not exist. */
  async revoke(id: string): Promise<ApiKey | undefined> {
    const [revoked] = await this.database.write<ApiKey>(REVOKE, [id]);
    return revoked;
  }

  /** Returns the keys that have one of these prefixes, also revoked and expired ones. */
  lookUp(prefixes: readonly string[]): Promise<StoredApiKey[]> {
    return this.database.query<StoredApiKey>(LOOK_UP, [prefixes]);
  }

  /** Records when keys were last used, where the recorded use is older than a minute. */
  async recordUses(
    uses: readonly { readonly id: string; readonly ageMs: number }[],
  ): Promise<void> {
    const parameters = [uses.map(({ id }) => id), uses.map(({ ageMs }) => ageMs)];
    await this.database.write(RECORD_USES, parameters, { isBackground: true });
  }
}

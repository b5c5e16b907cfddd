import type { Database, LaneRequest } from '@app/postgres';
import { type AuditAttempt, type AuditEntry, type AuditOutcome, auditTarget } from './audit';
import type { Reads } from './reads';

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  /** Only entries of this time or later. */
  readonly since?: Date | undefined;
}

export interface AuditQuery extends AuditFilter {
  readonly limit: number;
  /** Only entries before this position. */
  readonly before?: number | undefined;
}

const BEGIN = `
  insert into audit_entry (actor_kind, actor, key_id, action, target, request_id, client)
  values ($1, $2, $3, $4, $5, $6, $7) returning position::float8 as position`;

const END = `
  insert into audit_outcome (position, outcome, target) values ($1, $2, $3)
      on conflict (position) do nothing`;

const SELECT = `
  select e.position::float8 as position, e.at, e.actor_kind as "actorKind", e.actor,
         e.key_id as "keyId", e.action, coalesce(e.target, o.target) as target,
         e.request_id as "requestId", e.client, o.outcome, o.at as "endedAt"
    from audit_entry e left join audit_outcome o using (position)`;

/** An object is the target of the call that created it, too. */
const OF_TARGET = `
  e.position in (select position from audit_entry where target = $
                  union all select position from audit_outcome where target = $)`;

/** Each filter as a condition, in which `$` stands for its value. */
const CONDITIONS = {
  actor: 'e.actor = $',
  action: 'e.action = $',
  target: OF_TARGET,
  since: 'e.at >= $',
  before: 'e.position < $',
} as const satisfies Partial<Record<keyof AuditQuery, string>>;

/** All SQL of the audit trail. */
export class AuditRepository {
  constructor(
    private readonly database: Database,
    private readonly reads: Reads,
  ) {}

  /** Records an attempt. Returns its position. */
  async insert(attempt: AuditAttempt): Promise<number> {
    const { actorKind, actor, keyId, action, target, requestId, client } = attempt;
    const about = target && auditTarget(target);
    const parameters = [actorKind, actor, keyId, action, about, requestId, client];
    const [row] = await this.database.write<{ position: number }>(BEGIN, parameters);
    if (!row) throw new Error('An insert returned no row');
    return row.position;
  }

  /** Records what has come of an attempt. */
  async insertOutcome(position: number, { outcome, target }: AuditOutcome): Promise<void> {
    await this.database.write(END, [position, outcome, target && auditTarget(target)]);
  }

  /** Returns entries, the latest first. */
  list({ limit, ...query }: AuditQuery, request?: LaneRequest): Promise<AuditEntry[]> {
    const filter = { ...query, target: query.target && auditTarget(query.target) };
    const parameters: unknown[] = [limit];
    const conditions = Object.entries(CONDITIONS).flatMap(([name, condition]) => {
      const value = filter[name as keyof typeof CONDITIONS];
      if (value === undefined) return [];
      parameters.push(value);
      return [condition.replaceAll('$', `$${parameters.length}`)];
    });
    const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
    const sql = `${SELECT} ${where} order by e.position desc limit $1`;
    return this.reads.query<AuditEntry>(sql, parameters, request);
  }
}

import type { Check } from './check';

/** A table with its key and its columns that are never null. */
export interface TableRule {
  readonly table: string;
  /** One row in words, as an SQL expression. */
  readonly place: string;
  readonly required: readonly string[];
  /** The columns of which no two rows have the same values. None: another check covers it. */
  readonly key?: readonly string[];
  /** Times at which the row was written or changed. */
  readonly times: readonly string[];
}

const union = (queries: readonly string[]): string =>
  `select * from (${queries.join(' union all ')}) found order by place`;

/** Constraints enforce these two rules, so a difference means that one was dropped, or an index is corrupt. */
const requiredCheck = (subject: string, tables: readonly TableRule[]): Check => ({
  name: 'required',
  rule: 'Every column that each row needs has a value.',
  subject,
  sql: union(
    tables.map(
      ({ table, place, required }) => `
      select ${place} as place, 'a value' as expected,
             'no ' || concat_ws(', ', ${required
               .map((column) => `case when ${column} is null then '${column}' end`)
               .join(', ')}) as found
        from ${table} where num_nulls(${required.join(', ')}) > 0`,
    ),
  ),
});

const duplicateCheck = (subject: string, tables: readonly TableRule[]): Check => ({
  name: 'duplicate',
  rule: 'No two rows have the same key.',
  subject,
  sql: union(
    tables.flatMap(({ table, place, key }) =>
      key
        ? [
            `select ${place} as place, '1 row' as expected, format('%s rows', count(*)) as found
               from ${table} group by ${key.join(', ')} having count(*) > 1`,
          ]
        : [],
    ),
  ),
});

/** After the database clock was set back, rows stay in the future for a while. An hour is tolerated. */
const futureCheck = (subject: string, tables: readonly TableRule[]): Check => ({
  name: 'future',
  rule: 'No row was written in the future.',
  subject,
  sql: union(
    tables.flatMap(({ table, place, times }) =>
      times.length > 0
        ? [
            `select ${place} as place, format('%s or earlier', now() + interval '1 hour') as expected,
                    greatest(${times.join(', ')})::text as found
               from ${table} where greatest(${times.join(', ')}) > now() + interval '1 hour'`,
          ]
        : [],
    ),
  ),
});

/** The rules that every table has. */
export const rowChecks = (subject: string, tables: readonly TableRule[]): readonly Check[] => [
  requiredCheck(subject, tables),
  duplicateCheck(subject, tables),
  futureCheck(subject, tables),
];

/**
 * The CTE `activity`: when the service last wrote a row of this table, and the start of the third-latest
 * hour in which it did. What a running service should have done long before either of them is overdue.
 */
export const activityCte = (table: string): string => `
  activity as (
    select max(latest) as latest, (array_agg(hour order by hour desc))[3] as third_latest_hour
      from (select date_trunc('hour', t) as hour, max(t) as latest
              from ${table} cross join lateral (values (created_at), (updated_at)) v (t)
             where t <= now() + interval '1 hour' group by 1) h)`;

/** Whether something due at this time is overdue. A service that was stopped for long needs a moment. */
export const isOverdue = (dueAt: string): string =>
  `(${dueAt} < activity.third_latest_hour or ${dueAt} < activity.latest - interval '1 day')`;

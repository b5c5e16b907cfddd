import * as fc from 'fast-check';
import type { Client } from 'pg';
import { ServiceError } from '@app/errors';
import type { InventoryInstance, InProcessInventories } from './in-process-inventories';
import { InventoryModel, type ModelCommand, type ModelLine } from './inventory-model';

const HOUR_MS = 3_600_000;

/** Concurrent commands at two instances, or an event. */
export type PropertyStep =
  | {
      readonly kind: 'concurrent';
      readonly commands: readonly (ModelCommand & { readonly at: number })[];
    }
  | { readonly kind: 'holdsExpire' }
  | { readonly kind: 'sweep' };

/** Few ids and SKUs and little stock, so that commands conflict. */
const sku = fc.constantFrom('x', 'y', 'z');
const id = fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5');
const line = fc.record({ sku, quantity: fc.integer({ min: 1, max: 3 }) });
const count = fc.integer({ min: 0, max: 6 });

const command: fc.Arbitrary<ModelCommand> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('hold' as const),
      id,
      lines: fc.array(line, { minLength: 1, maxLength: 3 }),
      timed: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const), id, line }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('commit', 'release', 'get'), id }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('extend' as const), id, timed: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reduce' as const),
      id,
      lines: fc.array(line, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('adjust' as const),
      id: fc.constantFrom('a1', 'a2', 'a3', 'a4', 'a5', 'a6'),
      sku,
      change: fc.oneof(
        fc.record({ delta: fc.integer({ min: -3, max: 5 }) }),
        fc.record({ setOnHand: count }),
      ),
      expectedOnHand: fc.option(count),
      allowShortfall: fc.boolean(),
    }),
  },
);

/** Up to four commands, some of them twice: at both instances, or at one. */
const concurrent: fc.Arbitrary<PropertyStep> = fc
  .array(
    fc.record({ command, at: fc.nat({ max: 1 }), repeatedAt: fc.option(fc.nat({ max: 1 })) }),
    { minLength: 1, maxLength: 3 },
  )
  .map((calls) => ({
    kind: 'concurrent',
    commands: calls
      .flatMap(({ command, at, repeatedAt }) => [
        { ...command, at },
        ...(repeatedAt === null ? [] : [{ ...command, at: repeatedAt }]),
      ])
      .slice(0, 4),
  }));

export const steps: fc.Arbitrary<PropertyStep[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: concurrent },
    { weight: 1, arbitrary: fc.constant({ kind: 'holdsExpire' } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'sweep' } as const) },
  ),
  { minLength: 4, maxLength: 20 },
);

/** Executes a command with the real service, with a prefix for the ids of this run. Returns the result. */
const execute = async (
  { reservations, adjustments }: InventoryInstance,
  command: ModelCommand,
  prefix: string,
): Promise<string> => {
  const id = prefix + command.id;
  const own = ({ sku, quantity }: ModelLine) => ({ sku: prefix + sku, quantity });
  const ttlMs = (timed: boolean) => (timed ? HOUR_MS : null);
  try {
    switch (command.kind) {
      case 'hold':
        return (await reservations.create(id, command.lines.map(own), ttlMs(command.timed))).state;
      case 'take':
        await reservations.take(own(command.line), id);
        return 'COMMITTED';
      case 'extend':
        return (await reservations.extend(id, ttlMs(command.timed))).state;
      case 'reduce':
        return (await reservations.reduce(id, command.lines.map(own))).state;
      case 'adjust':
        await adjustments.adjust({
          ...command,
          id,
          sku: prefix + command.sku,
          reason: 'model',
          actor: 'model',
        });
        return 'adjusted';
      default:
        return (await reservations[command.kind](id)).state;
    }
  } catch (error) {
    if (error instanceof ServiceError) return error.reason;
    throw error;
  }
};

const permutations = <Item>(items: readonly Item[]): Item[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, index) =>
        permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [
          item,
          ...rest,
        ]),
      );

let runs = 0;

/**
 * Runs steps against the real service on a real Postgres and against the model. Concurrent commands must
 * have the results and leave the state that the model has for some order of them. `client` reads the
 * database.
 */
export const checkAgainstModel = async (
  { here, there }: InProcessInventories,
  client: Client,
  plan: readonly PropertyStep[],
): Promise<void> => {
  const prefix = `m${(runs += 1)}-`;
  let model = new InventoryModel();
  for (const step of plan) {
    if (step.kind === 'sweep') await here.decisions.expireDue();
    if (step.kind === 'holdsExpire') {
      model.expireTimedHolds();
      await expireHolds(client, prefix);
    }
    if (step.kind === 'concurrent') {
      const answers = await Promise.all(
        step.commands.map((command) => execute(command.at ? there : here, command, prefix)),
      );
      model = explain(model, step.commands, answers, await stateOf(client, prefix));
    }
    const state = await stateOf(client, prefix);
    if (model.state() !== state) throw new Error(`Expected\n${model.state()}\nbut found\n${state}`);
  }
};

/** Returns the model after an order of the commands that explains all results and the state. */
const explain = (
  before: InventoryModel,
  commands: readonly ModelCommand[],
  answers: readonly string[],
  state: string,
): InventoryModel => {
  const indexes = commands.map((_command, index) => index);
  for (const order of permutations(indexes)) {
    const model = before.copy();
    const fits = order.every((index) => {
      const command = commands[index];
      return command && model.run(command) === answers[index];
    });
    if (fits && model.state() === state) return model;
  }
  const results = commands.map((command, index) => `${JSON.stringify(command)}: ${answers[index]}`);
  throw new Error(
    `No order explains\n${results.join('\n')}\nfrom\n${before.state()}\nto\n${state}`,
  );
};

/** Expires the holds of this run that have a time: moves its whole history back by two hours. */
const expireHolds = async (client: Client, prefix: string): Promise<void> => {
  // The trigger of the ledger forbids it.
  await client.query(`set session_replication_role = replica`);
  await client.query(
    `with moved as (
       update reservation set created_at = created_at - interval '2 hours',
                              updated_at = updated_at - interval '2 hours',
                              expires_at = expires_at - interval '2 hours'
        where starts_with(id, $1)),
     moved_lines as (
       update reservation_line set held_until = held_until - interval '2 hours'
        where starts_with(reservation_id, $1)),
     moved_levels as (
       update stock_level set updated_at = updated_at - interval '2 hours'
        where starts_with(sku, $1))
     update stock_movement set occurred_at = occurred_at - interval '2 hours'
      where starts_with(sku, $1)`,
    [prefix],
  );
  await client.query(`set session_replication_role = origin`);
};

/** Returns the state of the database in the form of the model. A hold that is due counts as expired. */
const stateOf = async (client: Client, prefix: string): Promise<string> => {
  const { rows } = await client.query<{ text: string }>(
    `with due as (
       select id from reservation where state = 'HELD' and expires_at <= clock_timestamp()),
     due_units as (
       select sku, sum(quantity) as units from reservation_line
        where reservation_id in (select id from due) group by sku)
     select concat_ws(' ', substr(sku, length($1) + 1), on_hand, reserved - coalesce(units, 0)) as text
       from stock_level left join due_units using (sku) where starts_with(sku, $1)
     union all
     select concat_ws(' ', substr(r.id, length($1) + 1),
                      case when due.id is null then r.state else 'EXPIRED' end,
                      (select string_agg(substr(l.sku, length($1) + 1) || '=' || l.quantity, ' '
                                         order by l.sku)
                         from reservation_line l where l.reservation_id = r.id))
       from reservation r left join due using (id) where starts_with(r.id, $1)`,
    [prefix],
  );
  return rows
    .map(({ text }) => text)
    .sort()
    .join('\n');
};

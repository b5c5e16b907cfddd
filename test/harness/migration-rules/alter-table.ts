import type { AlterTableCmd, ColumnDef, Constraint } from 'libpg-query';
import { findAll } from './syntax-tree';

/** The NOT NULL checks of a migration, by table and name, and those that have been validated. */
export interface TableChange {
  readonly notNullChecks: Map<string, string>;
  readonly validated: Set<string>;
}

/** Functions whose value is the same for all rows, so that ADD COLUMN stores it once. */
const STABLE_FUNCTIONS = new Set(['now', 'transaction_timestamp', 'statement_timestamp']);
/** Changes between these types, also of the collation, leave the stored values as they are. */
const TEXT_TYPES = new Set(['text', 'varchar']);
const SERIAL = /^(small|big)?serial\d?$/;

const REWRITES: Readonly<Record<string, string>> = {
  AT_SetTableSpace: 'SET TABLESPACE',
  AT_SetLogged: 'SET LOGGED',
  AT_SetUnLogged: 'SET UNLOGGED',
  AT_SetAccessMethod: 'SET ACCESS METHOD',
};

/**
 * Returns the faults of one ALTER TABLE of a table that may be large. `isShared`: the same statement
 * or an earlier one of its transaction locks the table exclusively.
 */
export const alterFaults = (
  table: string,
  commands: readonly AlterTableCmd[],
  change: TableChange,
  isShared: boolean,
): string[] =>
  commands.flatMap((command) => {
    const { subtype = '', name = '', def } = command;
    const [column] = findAll(def && [def], 'ColumnDef');
    const [constraint] = findAll(def && [def], 'Constraint');
    switch (subtype) {
      case 'AT_AddConstraint':
        return constraint ? addConstraint(table, constraint, change) : [];
      case 'AT_ValidateConstraint':
        return validate(table, name, change, isShared);
      case 'AT_SetNotNull':
        return setNotNull(table, name, change);
      case 'AT_AlterColumnType':
        return alterType(`${table}.${name}`, column);
      case 'AT_AddColumn':
        return column ? addColumn(table, column) : [];
      default:
        return subtype in REWRITES
          ? [`${REWRITES[subtype]} rewrites ${table} under an exclusive lock. Make a new table.`]
          : [];
    }
  });

const addConstraint = (table: string, constraint: Constraint, change: TableChange): string[] => {
  const { contype = '', conname = '', skip_validation, indexname, raw_expr } = constraint;
  if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY') {
    if (indexname !== undefined) return [];
    return [
      `ADD CONSTRAINT ${conname} builds an index of ${table} under an exclusive lock. Use ` +
        `createIndexConcurrently() of @app/postgres, then ADD CONSTRAINT … USING INDEX.`,
    ];
  }
  if (contype === 'CONSTR_EXCLUSION') {
    return [`An exclusion constraint on ${table} cannot be added without blocking it.`];
  }
  const [notNull] = findAll(raw_expr, 'NullTest');
  if (notNull?.nulltesttype === 'IS_NOT_NULL') {
    const column = findAll(notNull, 'String')[0]?.sval ?? '';
    change.notNullChecks.set(`${table}.${conname}`, column);
  }
  if (skip_validation) return [];
  return [
    `ADD CONSTRAINT ${conname} reads all rows of ${table} under its lock. Add it NOT VALID by ` +
      `withShortLock(), then validateConstraint() of @app/postgres.`,
  ];
};

const validate = (
  table: string,
  name: string,
  change: TableChange,
  isShared: boolean,
): string[] => {
  change.validated.add(`${table}.${name}`);
  if (!isShared) return [];
  return [
    `VALIDATE CONSTRAINT ${name} reads all rows of ${table} while the same transaction locks it. ` +
      `Commit in between: validateConstraint() of @app/postgres, with \`transaction = false\`.`,
  ];
};

const setNotNull = (table: string, column: string, change: TableChange): string[] => {
  const isChecked = [...change.validated].some(
    (constraint) =>
      constraint.startsWith(`${table}.`) && change.notNullChecks.get(constraint) === column,
  );
  if (isChecked) return [];
  return [
    `SET NOT NULL reads all rows of ${table} under an exclusive lock. First add CHECK (${column} is ` +
      `not null) NOT VALID and validate it; drop it afterwards.`,
  ];
};

const alterType = (column: string, definition: ColumnDef | undefined): string[] => {
  const type = findAll(definition?.typeName, 'String').at(-1)?.sval ?? '';
  if (TEXT_TYPES.has(type) && definition?.raw_default === undefined) return [];
  return [
    `ALTER TYPE of ${column} to ${type} rewrites the table under an exclusive lock. Add a new ` +
      `column, fill it in batches, and remove the old one one release later.`,
  ];
};

const addColumn = (table: string, { colname, typeName, constraints }: ColumnDef): string[] => {
  const column = `${table}.${colname}`;
  const type = findAll(typeName, 'String').at(-1)?.sval ?? '';
  const found = findAll(constraints, 'Constraint');
  const isRewritten =
    SERIAL.test(type) ||
    found.some(
      ({ contype, generated_kind, raw_expr }) =>
        contype === 'CONSTR_IDENTITY' ||
        (contype === 'CONSTR_GENERATED' && generated_kind !== 'v') ||
        (contype === 'CONSTR_DEFAULT' && callsVolatileFunction(raw_expr)),
    );
  const isChecked = found.some(({ contype = '' }) =>
    ['CONSTR_CHECK', 'CONSTR_FOREIGN', 'CONSTR_UNIQUE', 'CONSTR_PRIMARY'].includes(contype),
  );
  return [
    ...(isRewritten
      ? [
          `ADD COLUMN ${column} computes a value for each row and rewrites the table under an ` +
            `exclusive lock. Add it without a default, set the default, and fill it in batches.`,
        ]
      : []),
    ...(isChecked
      ? [
          `ADD COLUMN ${column} with a constraint reads all rows under an exclusive lock. Add the ` +
            `constraint afterwards, as NOT VALID, or by a concurrent index.`,
        ]
      : []),
  ];
};

const callsVolatileFunction = (expression: unknown): boolean =>
  findAll(expression, 'FuncCall').some(
    ({ funcname }) => !STABLE_FUNCTIONS.has(findAll(funcname, 'String').at(-1)?.sval ?? ''),
  );

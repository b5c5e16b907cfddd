import {
  type AlterTableStmt,
  type CreateStmt,
  type DropStmt,
  type IndexStmt,
  type Node,
  parse,
  type RangeVar,
} from 'libpg-query';
import { alterFaults, type TableChange } from './alter-table';
import { findAll, hasOption } from './syntax-tree';

/** The tables by name of their indexes, before the migration. Other tables are new and empty. */
export type TableByIndex = ReadonlyMap<string, string>;

const CONCURRENTLY = 'createIndexConcurrently() and dropIndexConcurrently() of @app/postgres';

/** What one migration has done so far. */
export class MigrationReview {
  readonly faults: string[] = [];
  private readonly newTables = new Set<string>();
  /** Tables that the open transaction has locked by ALTER TABLE; undefined outside a transaction. */
  private altered: Set<string> | undefined;
  /** NOT NULL checks by table and name of the constraint, with their columns. */
  private readonly change: TableChange = { notNullChecks: new Map(), validated: new Set() };

  constructor(private readonly tableByIndex: TableByIndex) {}

  /** Adds a fault, with its remedy, for each part of the statement that blocks a large table. */
  async review(sql: string): Promise<void> {
    const { stmts = [] } = await parse(sql);
    // Several statements in one message run in one transaction.
    const isImplicit = this.altered === undefined && stmts.length > 1;
    if (isImplicit) this.altered = new Set();
    for (const { stmt } of stmts) {
      if (!stmt) continue;
      const faults = this.faultsOf(stmt);
      this.faults.push(...faults.map((fault) => `${fault}\n    ${sql.trim()}`));
    }
    if (isImplicit) this.altered = undefined;
  }

  private faultsOf(node: Node): string[] {
    if ('TransactionStmt' in node) {
      const { kind } = node.TransactionStmt;
      if (kind === 'TRANS_STMT_START' || kind === 'TRANS_STMT_BEGIN') this.altered = new Set();
      if (kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK') this.altered = undefined;
      return [];
    }
    if ('CreateStmt' in node) return this.create(node.CreateStmt);
    if ('IndexStmt' in node) return this.createIndex(node.IndexStmt);
    if ('DropStmt' in node) return this.drop(node.DropStmt);
    if ('AlterTableStmt' in node) return this.alterTable(node.AlterTableStmt);
    return [...maintenanceFaults(node), ...this.writeFaults(node)];
  }

  private get holdsExclusiveLock(): boolean {
    return this.altered !== undefined && this.altered.size > 0;
  }

  private isExisting(table: RangeVar | undefined): boolean {
    return !this.newTables.has(table?.relname ?? '');
  }

  private create({ relation }: CreateStmt): string[] {
    this.newTables.add(relation?.relname ?? '');
    return [];
  }

  private createIndex({ relation, concurrent, idxname }: IndexStmt): string[] {
    if (concurrent || !this.isExisting(relation)) return [];
    return [
      `CREATE INDEX ${idxname} blocks all writes of ${relation?.relname} until it has read the ` +
        `whole table. Use ${CONCURRENTLY}.`,
    ];
  }

  /** A transaction that has locked the table anyway may drop its indexes at once. */
  private drop({ removeType, concurrent, objects = [] }: DropStmt): string[] {
    if (removeType !== 'OBJECT_INDEX' || concurrent) return [];
    const names = objects.map((each) => findAll(each, 'String').at(-1)?.sval ?? '');
    return names
      .filter((name) => !this.altered?.has(this.tableByIndex.get(name) ?? ''))
      .map((name) => `DROP INDEX ${name} waits for all readers. Use ${CONCURRENTLY}.`);
  }

  private alterTable({ relation, cmds = [] }: AlterTableStmt): string[] {
    const table = relation?.relname ?? '';
    if (!this.isExisting(relation)) return [];
    const commands = cmds.flatMap((cmd) => ('AlterTableCmd' in cmd ? [cmd.AlterTableCmd] : []));
    const isShared = this.holdsExclusiveLock || commands.length > 1;
    const faults = alterFaults(table, commands, this.change, isShared);
    if (commands.some(({ subtype }) => subtype !== 'AT_ValidateConstraint')) {
      this.altered?.add(table);
    }
    return faults;
  }

  private writeFaults(node: Node): string[] {
    const written = [...findAll(node, 'UpdateStmt'), ...findAll(node, 'DeleteStmt')];
    const isBatch = findAll(node, 'SelectStmt').some(({ limitCount }) => limitCount !== undefined);
    return written.flatMap(({ relation }) => {
      if (!this.isExisting(relation)) return [];
      const table = relation?.relname ?? '';
      if (this.holdsExclusiveLock) {
        return [`A write of ${table} in a transaction that has locked a table. Commit in between.`];
      }
      if (isBatch) return [];
      return [
        `One statement writes all rows of ${table} and keeps them locked. Write batches by primary ` +
          `key, each in a transaction of its own, as in 1764300000000-system-actor.ts.`,
      ];
    });
  }
}

/** Statements that lock or rewrite a whole table, and code that this review cannot read. */
const maintenanceFaults = (node: Node): string[] => {
  if ('LockStmt' in node) return ['LOCK TABLE blocks other sessions. Migrate without it.'];
  if ('ClusterStmt' in node) return ['CLUSTER rewrites the table under an exclusive lock.'];
  if ('VacuumStmt' in node && hasOption(node.VacuumStmt.options, 'full')) {
    return ['VACUUM FULL rewrites the table under an exclusive lock. Use VACUUM.'];
  }
  if ('ReindexStmt' in node && !hasOption(node.ReindexStmt.params, 'concurrently')) {
    return ['REINDEX blocks writes. Use REINDEX … CONCURRENTLY, with `transaction = false`.'];
  }
  if ('RefreshMatViewStmt' in node && !node.RefreshMatViewStmt.concurrent) {
    return ['REFRESH MATERIALIZED VIEW blocks readers. Use CONCURRENTLY.'];
  }
  if ('DoStmt' in node) return ['DO hides its statements from this review. Write them out.'];
  return [];
};

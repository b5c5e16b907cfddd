import { asAccount } from './postgres-account';
import { binary } from './postgres-binaries';
import type { PostgresHome } from './postgres-home';
import { newPassword, SUPERUSER, writePassword } from './postgres-password';
import { run } from './processes';
import { ToolError } from './tool';

/** Roles of earlier versions whose password was their name. */
const WELL_KNOWN = ['inventory_app'];

/**
 * Sets a new administrator's password in existing data, and withdraws the well-known ones of earlier
 * versions. The server must not run: Postgres does this in single-user mode, in which no client can connect,
 * and which needs no password. After an interruption the next start does it again.
 */
export async function rotatePassword(home: PostgresHome, directory: string): Promise<string> {
  const password = newPassword();
  const withdraw = WELL_KNOWN.map(
    (role) =>
      `do $$ begin if exists (select from pg_roles where rolname = '${role}') ` +
      `then alter role ${role} password null; end if; end $$`,
  );
  await runSingleUser(home, [...withdraw, `alter role ${SUPERUSER} password '${password}'`]);
  await writePassword(directory, password);
  return password;
}

/** Sends the statements to the standard input, where no other process can read them. */
async function runSingleUser(
  { binaries, account, data }: PostgresHome,
  statements: readonly string[],
): Promise<void> {
  // A statement that fails is not to appear in a log.
  const settings = ['exit_on_error=on', 'log_statement=none', 'log_min_error_statement=panic'];
  const args = ['--single', '-D', data, ...settings.flatMap((each) => ['-c', each]), 'postgres'];
  const { code, output } = await run(binary(binaries, 'postgres'), args, {
    ...asAccount(account),
    detached: process.platform !== 'win32',
    input: `${statements.join('\n')}\n`,
  });
  if (code === 0) return;
  throw new ToolError(
    `The password of the Postgres in ${data} could not be changed:\n${output}\n` +
      'If its data is damaged, start afresh: npm run db:reset',
  );
}

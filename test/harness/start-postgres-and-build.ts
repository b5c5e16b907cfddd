import { ensureBuilt } from '../../tools/build';
import startPostgres from './start-postgres';

export default async function startPostgresAndBuild(): Promise<void> {
  await ensureBuilt({ log: console.log });
  await startPostgres();
}

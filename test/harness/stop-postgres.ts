import { removeHome } from '../../tools/postgres-home';
import { shared } from './start-postgres';

export default async function stopSharedPostgres(): Promise<void> {
  const running = await shared.quickbitePostgres;
  delete shared.quickbitePostgres;
  if (!running) return;
  await running.pooler?.stop();
  await running.postgres.stop();
  await removeHome(running.directory);
  await running.reaper.release();
}

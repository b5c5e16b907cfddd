import { rm } from 'node:fs/promises';
import { shared } from './start-postgres';

export default async function stopSharedPostgres(): Promise<void> {
  const running = await shared.quickbitePostgres;
  delete shared.quickbitePostgres;
  if (!running) return;
  await running.postgres.stop();
  await rm(running.directory, { recursive: true, force: true });
}

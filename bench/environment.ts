import { availableParallelism, cpus } from 'node:os';
import { Client } from 'pg';
import { run } from '../tools/processes';
import { projectRoot } from '../tools/tool';

const COMMITS = 300;

/** Describes the machine and the versions that the figures belong to. */
export const describeEnvironment = async (): Promise<string> => {
  const { version, settings, commitMs } = await describePostgres();
  return [
    `- CPU: ${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, shared by the services, ` +
      `Postgres and the load`,
    `- Node ${process.version}, Postgres ${version}, ${settings}; a commit of one row takes ` +
      `${commitMs.toFixed(2)} ms`,
    `- Commit ${await commit()}, ${new Date().toISOString().slice(0, 10)}`,
  ].join('\n');
};

const commit = async (): Promise<string> => {
  const git = (...args: string[]) => run('git', args, { cwd: projectRoot });
  const { code, output } = await git('rev-parse', '--short=10', 'HEAD');
  if (code !== 0) return 'unknown';
  const changes = await git('status', '--porcelain', '--', 'apps', 'libs', 'bench', 'proto');
  return changes.output === '' ? output : `${output}, with changes`;
};

const describePostgres = async () => {
  const client = new Client(process.env.TEST_POSTGRES_URL);
  await client.connect();
  try {
    const show = async (name: string): Promise<string> => {
      const { rows } = await client.query<Record<string, string>>(`show ${name}`);
      return rows[0]?.[name] ?? '';
    };
    const names = ['fsync', 'synchronous_commit'];
    const settings = [];
    for (const name of names) settings.push(`${name} ${await show(name)}`);
    return {
      version: await show('server_version'),
      settings: settings.join(', '),
      commitMs: await commitMsOf(client),
    };
  } finally {
    await client.end();
  }
};

/** Returns the time of a durable commit, which depends on the disk and limits many figures. */
const commitMsOf = async (client: Client): Promise<number> => {
  await client.query('create table commit_probe (n int)');
  const startedMs = performance.now();
  for (let n = 0; n < COMMITS; n += 1) {
    await client.query('insert into commit_probe values ($1)', [n]);
  }
  const tookMs = performance.now() - startedMs;
  await client.query('drop table commit_probe');
  return tookMs / COMMITS;
};

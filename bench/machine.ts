import { availableParallelism, cpus } from 'node:os';
import { Client } from 'pg';
import { run } from '../tools/processes';
import { projectRoot } from '../tools/tool';

const COMMITS = 300;

/** What the figures belong to: whoever reads them later has another machine, or another version. */
export const headOf = async (): Promise<string> => {
  const { version, settings, commitMs } = await postgresFacts();
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

const postgresFacts = async () => {
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

/** A disk that takes a commit for durable in no time has figures that no other disk has. */
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

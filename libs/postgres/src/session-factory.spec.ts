import { EventEmitter } from 'node:events';
import type { ClientBase } from 'pg';
import { SessionFactory } from './session-factory';

const sessionsOf = (hosts: string) =>
  new SessionFactory({
    url: `postgres://u@${hosts}/db`,
    applicationName: 'test',
    timeoutMs: 1_000,
  });

it('opens sessions through a pooler after one has rejected the start-up options', () => {
  const sessions = sessionsOf('a,b');
  expect(sessions.startupOptions).toContain('quickbite.direct=1');
  sessions.recordConnectError(Object.assign(new Error(), { code: '08P01' }), sessions.server);
  expect(sessions.isPooled).toBe(true);
  expect(sessions.startupOptions).toBeUndefined();
  expect(sessions.server).toBe('postgres://u@a/db');
});

it('opens sessions at the next server after any other error', () => {
  const sessions = sessionsOf('a,b');
  const { server } = sessions;
  sessions.recordConnectError(new Error('refused'), server);
  expect(sessions.server).toBe('postgres://u@b/db');
  sessions.recordConnectError(new Error('refused, as another caller found'), server);
  expect(sessions.server).toBe('postgres://u@b/db');
  expect(sessions.isPooled).toBe(false);
});

/** A session on a primary, as the check of a new session sees it. */
const sessionOn = (systemId: string, timeline: number): ClientBase => {
  const state = { isDirect: true, encoding: 'UTF8', replicationRole: 'origin', fsync: 'on' };
  const query = (text: string) =>
    Promise.resolve({
      rows: [text.includes('pg_control_system') ? { systemId, timeline } : state],
    });
  return { query, connection: new EventEmitter() } as unknown as ClientBase;
};

it('does not go back to a former primary, whose timeline is older', async () => {
  const sessions = sessionsOf('a,b');
  const [a, b] = ['postgres://u@a/db', 'postgres://u@b/db'];
  await sessions.prepare(sessionOn('1', 1), a);
  sessions.moveOn(a);
  await sessions.prepare(sessionOn('1', 2), b);
  sessions.moveOn(b);
  await expect(sessions.prepare(sessionOn('1', 1), a)).rejects.toThrow('former primary');
  expect(sessions.server).toBe(b);
  await sessions.prepare(sessionOn('1', 2), b);
});

it('accepts another cluster, whatever its timeline is', async () => {
  const sessions = sessionsOf('a');
  await sessions.prepare(sessionOn('1', 7), sessions.server);
  await expect(sessions.prepare(sessionOn('2', 1), sessions.server)).resolves.toBeUndefined();
});

it('tells a derived factory on which timeline the service has worked', async () => {
  const sessions = sessionsOf('a');
  const reads = sessions.withTimeout(100);
  await sessions.prepare(sessionOn('1', 2), sessions.server);
  await expect(reads.prepare(sessionOn('1', 1), reads.server)).rejects.toThrow('former primary');
});

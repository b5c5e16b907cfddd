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

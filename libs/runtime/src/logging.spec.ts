import fs from 'node:fs';
import { Logger } from '@nestjs/common';
import { logging } from './logging';
import { runForRequest } from './request-context';

const lines = (): Record<string, unknown>[] =>
  write.mock.calls.map(([, text]) => JSON.parse(text) as Record<string, unknown>);

let write: jest.SpiedFunction<typeof fs.writeSync>;

beforeEach(() => {
  write = jest.spyOn(fs, 'writeSync').mockImplementation((_file, text) => text.length);
  Logger.overrideLogger(logging({ service: 'test', level: 'info', format: 'json' }).logger);
});

afterEach(() => {
  Logger.overrideLogger(false);
  write.mockRestore();
});

it('adds the id of the request to its lines, also after an await, and to no others', async () => {
  const logger = new Logger('Test');
  logger.log('before');
  await runForRequest('r-1', async () => {
    await Promise.resolve();
    logger.warn({ orderId: 'o-1' }, 'during');
  });
  logger.log('after');
  expect(lines().map(({ msg, requestId, orderId }) => ({ msg, requestId, orderId }))).toEqual([
    { msg: 'before' },
    { msg: 'during', requestId: 'r-1', orderId: 'o-1' },
    { msg: 'after' },
  ]);
});

it('removes credentials, wherever a line has headers', () => {
  const secret = 'hunter2';
  const headers = { authorization: secret, cookie: secret, 'set-cookie': secret, accept: '*/*' };
  const logger = new Logger('Test');
  logger.log({ headers }, 'headers');
  logger.log({ req: { headers } }, 'a request');
  logger.log({ upstream: { headers } }, 'another one');
  logger.log(headers, 'at the top');
  expect(JSON.stringify(lines())).not.toContain(secret);
  expect(lines()[0]).toMatchObject({ headers: { authorization: '[redacted]', accept: '*/*' } });
});

it.each([
  ['info', false],
  ['debug', true],
])('at %s, offers Nest the method for debug lines: %s', (level, isOffered) => {
  const { logger } = logging({ service: 'test', level, format: 'json' });
  expect(logger.debug !== undefined).toBe(isOffered);
});

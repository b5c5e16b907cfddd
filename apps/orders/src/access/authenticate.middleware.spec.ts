import type { Request, Response } from 'express';
import { credentialsInvalid } from './access-errors';
import { authenticateRequests } from './authenticate.middleware';
import type { Authenticator } from './authenticator.service';
import type { FailedAttempts } from './failed-attempts.service';
import type { Principal } from './principal';

const ANN: Principal = { kind: 'token', subject: 'ann', scopes: new Set() };

const failures = { waitMs: jest.fn(), record: jest.fn() };
const authenticator = { recall: jest.fn(), authenticate: jest.fn() };

const handle = authenticateRequests(
  authenticator as unknown as Authenticator,
  () => false,
  failures as unknown as FailedAttempts,
);

/** Returns the error that the request ends with. */
const send = (ip: string): Promise<unknown> =>
  new Promise((resolve) => {
    const request = { ip, headers: { authorization: 'Bearer x' } } as Request;
    void handle(request, {} as Response, resolve);
  });

beforeEach(() => {
  for (const mock of [...Object.values(failures), ...Object.values(authenticator)])
    mock.mockReset();
  failures.waitMs.mockResolvedValue(0);
  authenticator.authenticate.mockResolvedValue(ANN);
});

it('looks up the failures of a network only for credentials that it does not remember', async () => {
  expect(await send('192.0.2.1')).toBeUndefined();
  expect(failures.waitMs).toHaveBeenCalledTimes(1);
  authenticator.recall.mockReturnValue(ANN);
  expect(await send('192.0.2.1')).toBeUndefined();
  expect(failures.waitMs).toHaveBeenCalledTimes(1);
});

it('does not verify credentials of a network with too many failures', async () => {
  failures.waitMs.mockResolvedValue(1_000);
  expect(await send('192.0.2.1')).toMatchObject({ reason: 'RATE_LIMITED' });
  expect(authenticator.authenticate).not.toHaveBeenCalled();
});

it.each([
  ['192.0.2.1', 1],
  ['127.0.0.1', 0],
])('counts wrong credentials from %s %i times', async (ip, count) => {
  authenticator.authenticate.mockRejectedValue(credentialsInvalid('The token is wrong.'));
  expect(await send(ip)).toMatchObject({ reason: 'UNAUTHENTICATED' });
  expect(failures.record).toHaveBeenCalledTimes(count);
});

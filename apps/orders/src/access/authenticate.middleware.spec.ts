import type { Request, Response } from 'express';
import { Limiters } from '../limits/limiters.service';
import { credentialsInvalid } from './access-errors';
import { authenticateRequests } from './authenticate.middleware';
import type { Authenticator } from './authenticator.service';
import { FailedAttempts } from './failed-attempts.service';
import type { Principal } from './principal';

const ANN: Principal = { kind: 'token', subject: 'ann', scopes: new Set() };
const NETWORK = '192.0.2.1';
const MAX_FAILURES = 2;

const authenticator = { recall: jest.fn(), authenticate: jest.fn() };
let failures: FailedAttempts;
let handle: ReturnType<typeof authenticateRequests>;

/** Returns the error that the request ends with. */
const send = (authorization: string | undefined, ip = NETWORK): Promise<unknown> =>
  new Promise((resolve) => {
    const request = { ip, headers: { authorization } } as Request;
    void handle(request, {} as Response, resolve);
  });

const useUpAttempts = async (): Promise<void> => {
  for (let nth = 1; nth <= MAX_FAILURES; nth += 1)
    expect(await send('Bearer wrong')).toMatchObject({ reason: 'UNAUTHENTICATED' });
};

beforeEach(() => {
  failures = new FailedAttempts(new Limiters(), MAX_FAILURES);
  handle = authenticateRequests(authenticator as unknown as Authenticator, () => false, failures);
  authenticator.recall.mockReset();
  authenticator.authenticate
    .mockReset()
    .mockImplementation((authorization?: string) =>
      authorization === 'Bearer wrong'
        ? Promise.reject(credentialsInvalid('The token is wrong.'))
        : Promise.resolve(ANN),
    );
});

it('does not verify credentials of a network with too many failures', async () => {
  await useUpAttempts();
  authenticator.authenticate.mockClear();
  expect(await send('Bearer new')).toMatchObject({ reason: 'RATE_LIMITED' });
  expect(authenticator.authenticate).not.toHaveBeenCalled();
});

it('verifies credentials that were valid lately all the same, and as often as they are sent', async () => {
  expect(await send('Bearer right')).toBeUndefined();
  await useUpAttempts();
  for (let nth = 1; nth <= 3; nth += 1) expect(await send('Bearer right')).toBeUndefined();
});

it('limits credentials that were valid lately and are not any more', async () => {
  expect(await send('Bearer right')).toBeUndefined();
  await useUpAttempts();
  authenticator.authenticate.mockRejectedValue(credentialsInvalid('The API key is revoked.'));
  expect(await send('Bearer right')).toMatchObject({ reason: 'UNAUTHENTICATED' });
  expect(await send('Bearer right')).toMatchObject({ reason: 'RATE_LIMITED' });
});

it('does not look up the failures for credentials that it remembers', async () => {
  const verify = jest.spyOn(failures, 'verify');
  authenticator.recall.mockReturnValue(ANN);
  expect(await send('Bearer right')).toBeUndefined();
  expect(verify).not.toHaveBeenCalled();
});

it('counts malformed credentials', async () => {
  authenticator.recall.mockImplementation(() => {
    throw credentialsInvalid('Authorization must be Bearer.');
  });
  await useUpAttempts();
  expect(await send('Bearer wrong')).toMatchObject({ reason: 'RATE_LIMITED' });
});

it.each([
  ['from this machine', 'Bearer wrong', '127.0.0.1'],
  ['without credentials', undefined, NETWORK],
])('does not limit requests %s', async (_what, authorization, ip) => {
  authenticator.authenticate.mockRejectedValue(credentialsInvalid('Wrong.'));
  for (let nth = 0; nth <= MAX_FAILURES; nth += 1)
    expect(await send(authorization, ip)).toMatchObject({ reason: 'UNAUTHENTICATED' });
});

import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import type { CallerSignal } from '@app/postgres';
import { ANYONE } from '../access/principal';
import { setPrincipal } from '../access/principal.decorator';
import { EventsController } from './events.controller';
import type { EventsService, EventStream, TokenPage } from './events.service';

const NO_EVENTS: TokenPage = { events: [], end: 'position-1' };

const NO_PAGES: readonly TokenPage[] = [];

async function* noPages(): AsyncGenerator<TokenPage> {
  yield* await Promise.resolve(NO_PAGES);
}

afterEach(() => jest.useRealTimers());

it('the end of the time to wait does not end the first read, which waits for its turn', async () => {
  jest.useFakeTimers();
  const page = (_start: unknown, _limit: number, caller: CallerSignal): Promise<TokenPage> => {
    jest.advanceTimersByTime(1_000);
    return caller.aborted
      ? Promise.reject(new Error('The caller has gone'))
      : Promise.resolve(NO_EVENTS);
  };
  const follow = (): Promise<EventStream> =>
    Promise.resolve({ start: 'position-1', pages: noPages() });
  const controller = new EventsController({ page, follow } as unknown as EventsService);
  const request = { headers: {}, ip: '127.0.0.1', socket: new EventEmitter() };
  setPrincipal(request as unknown as Request, ANYONE);
  const response = Object.assign(new EventEmitter(), { req: request, end: () => undefined });
  const answer = controller.followEvents(
    undefined,
    { waitSeconds: 1 },
    request as unknown as Request,
    response as unknown as Response,
    { aborted: false },
  );
  await expect(answer).resolves.toEqual({ events: [], next: 'position-1' });
});

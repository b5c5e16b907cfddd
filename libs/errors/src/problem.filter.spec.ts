import { Controller, Get, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ProblemFilter } from './problem.filter';

@Controller()
class FaultyController {
  @Get('fault')
  fault(): never {
    throw new Error('an internal secret');
  }
}

const log = jest.fn();
let app: INestApplication;

beforeAll(async () => {
  const module = await Test.createTestingModule({ controllers: [FaultyController] })
    .setLogger({ log: jest.fn(), warn: jest.fn(), error: log })
    .compile();
  app = module.createNestApplication();
  app.useGlobalFilters(new ProblemFilter());
  await app.listen(0, '127.0.0.1');
});

afterAll(() => app.close());

it('reveals of an unexpected error only a request id, which the log line has too', async () => {
  const response = await fetch(`${await app.getUrl()}/fault`);
  const body = await response.text();
  expect(response.status).toBe(500);
  expect(body).not.toContain('secret');
  const { requestId } = JSON.parse(body) as { requestId: unknown };
  expect(requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const [context] = log.mock.calls[0] as [{ err: Error; requestId: unknown }];
  expect(context).toMatchObject({ requestId, err: { message: 'an internal secret' } });
});

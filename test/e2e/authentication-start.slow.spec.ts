import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { type Env, newOrders } from '../harness/services';

const NO_INVENTORY = '127.0.0.1:1';
/** Orders does not take it for loopback, although only this machine reaches it. */
const BEYOND_LOOPBACK = { ORDERS_HTTP_HOST: '::ffff:127.0.0.1' };

let database: TestDatabase;

beforeAll(async () => {
  database = await cloneDatabase('orders');
});

afterAll(() => database.drop());

const start = async (env: Env) => (await newOrders(database, NO_INVENTORY, env)).start();

it('is open on loopback, and says so in one line', async () => {
  const orders = await start({});
  const lines = orders.logs.split('\n').filter((line) => line.includes('Authentication is off'));
  expect(lines).toHaveLength(1);
  expect((await orders.client.get('/v1/orders')).status).toBe(200);
  expect((await orders.client.as('nonsense').get('/v1/orders')).status).toBe(200);
  await orders.stop();
});

it('does not start open beyond loopback, and names the setting with both values', async () => {
  await expect(start({ ORDERS_HTTP_HOST: '0.0.0.0' })).rejects.toThrow(
    /Orders failed to start: .*\n.*ORDERS_AUTHENTICATION must be set, because Orders listens on 0\.0\.0\.0.*required.*open/,
  );
});

it('starts there if the setting names the choice', async () => {
  const orders = await start({ ...BEYOND_LOOPBACK, ORDERS_AUTHENTICATION: 'open' });
  expect(orders.logs).toMatch(/"level":(40|"warn").*Authentication is off.*from other machines/);
  expect((await orders.client.get('/v1/orders')).status).toBe(200);
  await orders.stop();
});

it('needs credentials there if it is told so', async () => {
  const orders = await start({ ...BEYOND_LOOPBACK, ORDERS_AUTHENTICATION: 'required' });
  expect(orders.logs).not.toContain('Authentication is off');
  expect((await orders.client.get('/v1/orders')).status).toBe(401);
  const { body } = await orders.client.as('eyJhbGciOiJub25lIn0.e30.').get('/v1/orders');
  expect(body).toMatchObject({
    reason: 'UNAUTHENTICATED',
    detail: expect.stringContaining('API key') as string,
  });
  await orders.stop();
});

it.each<[Env, RegExp]>([
  [{ ORDERS_JWT_ISSUER: 'https://login.example/' }, /ORDERS_JWT_JWKS_URL must be set too/],
  [{ ORDERS_JWT_JWKS_URL: 'http://login.example/jwks' }, /must begin with https/],
  [{ ORDERS_JWT_ALGORITHMS: 'RS256,HS256' }, /ORDERS_JWT_ALGORITHMS must be some of RS256/],
])('does not start with %j', async (env, message) => {
  await expect(start({ ORDERS_AUTHENTICATION: 'required', ...env })).rejects.toThrow(message);
});

import { type Answer, type Caller, wrong } from './caller';
import { type HttpAnswer, HttpConnection } from './http-connection';
import type { LoadPlan } from './plan';

const ID = /"id":"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"/;

const isConfirmed = ({ status, body }: HttpAnswer): boolean =>
  status === 201 && body.includes('"status":"CONFIRMED"') && ID.test(body);

const isRefused = ({ status, body }: HttpAnswer): boolean =>
  status === 409 && body.includes('"reason":"INSUFFICIENT_STOCK"');

/** Whole requests as bytes, one for each basket. One line goes the tutorial's way, several as a list. */
export const orderRequests = (baskets: readonly string[][], address: string): Buffer[] =>
  baskets.map((skus) => {
    const [sku] = skus;
    const items = skus.map((each) => ({ sku: each, quantity: 1 }));
    const what = skus.length === 1 ? { sku, quantity: 1 } : { items };
    const body = JSON.stringify({ userId: 'bench', ...what });
    return Buffer.from(
      `POST /v1/orders HTTP/1.1\r\nHost: ${address}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });

/** A client of Orders, with a connection of its own. `next` gives what it sends. */
export const orderCaller = async (
  address: string,
  { expects, wanted: { lines } }: LoadPlan,
  next: () => Buffer,
): Promise<Caller> => {
  const connection = await HttpConnection.open(address);
  const isRight = expects === 'given' ? isConfirmed : isRefused;
  const right: Answer = { right: 1, units: expects === 'given' ? lines : 0 };
  return {
    call: async () => {
      const answer = await connection.send(next());
      return isRight(answer) ? right : wrong(`${answer.status} ${answer.body}`);
    },
    close: () => connection.close(),
  };
};

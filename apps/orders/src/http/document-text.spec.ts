import { DocumentText, PLACEHOLDERS } from './document-text';

const { url, prefix, orderId } = PLACEHOLDERS;
const SHOP = { url: 'https://shop.example/api', prefix: '/api', orderId: 'o-1' };

it('is written once, for any number of clients, and has the values of each', () => {
  const write = jest.fn(() => `${url} (${prefix}/openapi.json) ${orderId} ${url}`);
  const text = new DocumentText(write);
  expect(text.for(SHOP).toString()).toBe(
    'https://shop.example/api (/api/openapi.json) o-1 https://shop.example/api',
  );
  for (let host = 0; host < 100; host += 1) {
    const copy = text.for({ url: `http://10.0.0.${host}`, prefix: '', orderId: `o-${host}` });
    expect(copy.toString()).toContain(`http://10.0.0.${host} (/openapi.json) o-${host}`);
  }
  expect(write).toHaveBeenCalledTimes(1);
});

it('is one copy in memory for clients with the same values', () => {
  const text = new DocumentText(() => url);
  expect(text.for({ ...SHOP })).toBe(text.for({ ...SHOP }));
});

it('takes values as they are', () => {
  const text = new DocumentText(() => `<${url}>`);
  expect(text.for({ ...SHOP, url: '$&$1' }).toString()).toBe('<$&$1>');
});

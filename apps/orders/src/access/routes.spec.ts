import 'reflect-metadata';
import { type DynamicModule, Module, RequestMethod, type Type } from '@nestjs/common';
import { loadConfig } from '@app/config';
import { ordersSettings } from '../orders.config';
import { OrdersModule } from '../orders.module';
import { accessOf } from './allow.decorator';

/** What each route needs: any of these scopes. `admin` implies each of them. */
const ROUTES = {
  'GET healthz': 'public',
  'GET health/live': 'public',
  'GET health/ready': 'public',
  'POST v1/orders': ['customer', 'staff'],
  'GET v1/orders': ['customer', 'staff'],
  'GET v1/orders/:id': ['customer', 'staff'],
  'PATCH v1/orders/:id': ['customer', 'staff'],
  'POST v1/orders/:id/cancel': ['customer', 'staff'],
  'POST v1/orders/:id/fulfill': ['staff'],
  'POST v1/orders/:id/fulfil': ['staff'],
  'POST v1/orders/:id/retry': ['staff'],
  'GET v1/orders/:id/timeline': ['customer', 'staff'],
  'GET v1/orders/:id/events': ['customer', 'staff'],
  'GET v1/order-events': ['customer', 'staff', 'events'],
  'GET v1/events': ['events'],
  'GET v1/stock': ['customer', 'staff', 'events'],
  'GET v1/stock/:sku': ['customer', 'staff', 'events'],
  'GET v1/stock-events': ['customer', 'staff', 'events'],
  'POST v1/webhooks': ['events'],
  'GET v1/webhooks': ['events'],
  'GET v1/webhooks/:id': ['events'],
  'PATCH v1/webhooks/:id': ['events'],
  'DELETE v1/webhooks/:id': ['events'],
  'POST v1/webhooks/:id/rotate-secret': ['events'],
  'POST v1/webhooks/:id/test': ['events'],
  'GET v1/webhooks/:id/deliveries': ['events'],
  'POST v1/webhooks/:id/deliveries/:deliveryId/redeliver': ['events'],
  'POST v1/webhooks/:id/deliveries/:deliveryId/discard': ['events'],
  'POST v1/api-keys': ['admin'],
  'GET v1/api-keys': ['admin'],
  'GET v1/api-keys/:id': ['admin'],
  'DELETE v1/api-keys/:id': ['admin'],
  'GET v1/audit': ['admin'],
};

type AnyModule = Type | DynamicModule;

const metadata = (key: string, of: object): unknown => Reflect.getMetadata(key, of);

const listOf = (key: string, of: object): readonly unknown[] =>
  (metadata(key, of) ?? []) as readonly unknown[];

/** Returns the controllers of a module and of all that it imports. */
const controllersOf = (module: AnyModule, seen = new Set<AnyModule>()): Type[] => {
  if (seen.has(module)) return [];
  seen.add(module);
  const dynamic = 'module' in module ? module : undefined;
  const type = dynamic?.module ?? (module as Type);
  const imports = [
    ...((dynamic?.imports ?? []) as AnyModule[]),
    ...(listOf('imports', type) as AnyModule[]),
  ];
  return [
    ...(dynamic?.controllers ?? []),
    ...(listOf('controllers', type) as Type[]),
    ...imports.flatMap((each) => controllersOf(each, seen)),
  ];
};

const pathOf = (...parts: readonly unknown[]): string =>
  parts.filter((part) => part !== undefined && part !== '/' && part !== '').join('/');

/** Returns the access of each route of a controller. */
const routesOf = (controller: Type): [route: string, access: unknown][] =>
  Object.values(Object.getOwnPropertyDescriptors(controller.prototype as object)).flatMap(
    ({ value }) => {
      const handler: unknown = value;
      if (typeof handler !== 'function' || !Reflect.hasMetadata('path', handler)) return [];
      const method = RequestMethod[metadata('method', handler) as RequestMethod];
      const path = pathOf(metadata('path', controller), metadata('path', handler));
      return [[`${method} ${path}`, accessOf(handler)]];
    },
  );

@Module({})
class Logging {}

it('each route states what it needs, and needs what this table says', () => {
  const config = loadConfig(ordersSettings, { ORDERS_DATABASE_URL: 'postgres://u@h/db' });
  const app = OrdersModule.with(config, { module: Logging });
  const controllers = new Set(controllersOf(app));
  const found = Object.fromEntries([...controllers].flatMap(routesOf));
  expect(found).toEqual(ROUTES);
});

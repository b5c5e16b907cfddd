import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Checkout } from './checkout';
import type { Report } from './report';

/** A port that somebody else has. */
export const takenPort = async (checkout: Checkout, report: Report): Promise<void> => {
  for (const [variable, port] of [
    ['INVENTORY_GRPC_PORT', checkout.ports.inventory],
    ['ORDERS_HTTP_PORT', checkout.ports.orders],
  ] as const) {
    const holder = createServer().listen(port, '127.0.0.1');
    await once(holder, 'listening');
    try {
      const { code, output } = await checkout.run(['npm', 'start']);
      const named = output.includes(`Port ${port} (`) && output.includes(`(pid ${process.pid})`);
      const wayOut = new RegExp(`choose another port: ${variable}=\\d+ npm start`).test(output);
      report.check(
        `the taken ${variable} is named, with who has it and the way out`,
        code === 1 && named && wayOut,
        output,
      );
    } finally {
      holder.close();
    }
    await checkout.isQuiet();
    report.ok('and nothing is left running');
  }
};

import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from './wait';

/** An event as a webhook receives it. */
export interface ReceivedEvent {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly type: string;
  readonly orderId: string;
  readonly path: string;
  /** Whether the receiver returned 2xx. */
  readonly isAccepted: boolean;
}

/** Responds to one request: with a status, or in a way of its own. */
type Respond = (
  event: Omit<ReceivedEvent, 'isAccepted'>,
  response: ServerResponse,
) => number | 'own';

/** An HTTP server that receives the events of webhooks. */
export class WebhookReceiver {
  readonly events: ReceivedEvent[] = [];
  /** Decides the response. By default every event is accepted. */
  respond: Respond = () => 204;
  private openConnections = 0;

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.on('connection', (socket) => {
      receiver.openConnections += 1;
      socket.on('close', () => (receiver.openConnections -= 1));
    });
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url = '', headers } = request;
        receiver.receive(url, headers, Buffer.concat(chunks).toString(), response);
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  get connections(): number {
    return this.openConnections;
  }

  get accepted(): ReceivedEvent[] {
    return this.events.filter(({ isAccepted }) => isAccepted);
  }

  /** The types of the accepted events of an order, each once, in the order of their first acceptance. */
  typesOf(orderId: string): string[] {
    const own = this.accepted.filter((event) => event.orderId === orderId);
    return [...new Map(own.map(({ id, type }) => [id, type])).values()];
  }

  until(what: string, isMet: () => boolean, timeoutMs?: number): Promise<boolean> {
    return eventually(what, isMet, timeoutMs);
  }

  /** Closes all connections, as a restart behind a load balancer does. */
  closeConnections(): void {
    this.server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private receive(
    path: string,
    headers: IncomingHttpHeaders,
    body: string,
    response: ServerResponse,
  ): void {
    const { type, data } = JSON.parse(body) as { type: string; data: { orderId?: string } };
    const id = String(headers['webhook-id']);
    const event = { id, headers, body, type, orderId: data.orderId ?? '', path };
    const status = this.respond(event, response);
    this.events.push({ ...event, isAccepted: status !== 'own' && status < 300 });
    if (status !== 'own') response.writeHead(status).end();
  }
}

import {
  type Client,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import {
  type AdjustStockRequest,
  type AdjustStockResponse,
  INVENTORY_PROTO,
  type ListStockRequest,
  type ListStockResponse,
  loadProto,
} from '@app/contracts';
import { ToolError } from '../../../../tools/tool';

/** A call that is not answered by then may have been carried out all the same. */
const CALL_TIMEOUT_MS = 10_000;
/** Long enough for a cold connection; a person waits for it. */
const PROBE_TIMEOUT_MS = 5_000;

const CHANNEL = {
  // By default it comes to look for a server that has returned every two minutes only.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

type Reply<Response> = (error: ServiceError | null, response: Response) => void;
type Call<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: { deadline: Date },
  reply: Reply<Response>,
) => void;

interface Stub extends Client {
  adjustStock: Call<AdjustStockRequest, AdjustStockResponse>;
  listStock: Call<ListStockRequest, ListStockResponse>;
}

/** Inventory as this tool calls it: promises, and a deadline for every call. */
export class StockAdminClient {
  private readonly stub: Stub;

  constructor(readonly address: string) {
    const { inventory } = loadPackageDefinition(loadProto(INVENTORY_PROTO)) as unknown as {
      inventory: { v1: { InventoryService: new (...args: unknown[]) => Stub } };
    };
    const insecure = credentials.createInsecure();
    this.stub = new inventory.v1.InventoryService(address, insecure, CHANNEL);
  }

  adjust(request: AdjustStockRequest): Promise<AdjustStockResponse> {
    return answerOf(CALL_TIMEOUT_MS, (options, reply) =>
      this.stub.adjustStock(request, new Metadata(), options, reply),
    );
  }

  list(request: ListStockRequest, timeoutMs = CALL_TIMEOUT_MS): Promise<ListStockResponse> {
    return answerOf(timeoutMs, (options, reply) =>
      this.stub.listStock(request, new Metadata(), options, reply),
    );
  }

  close(): void {
    this.stub.close();
  }
}

const answerOf = <Response>(
  timeoutMs: number,
  start: (options: { deadline: Date }, reply: Reply<Response>) => void,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const deadline = new Date(Date.now() + timeoutMs);
    start({ deadline }, (error, response) => (error ? reject(error) : resolve(response)));
  });

/** Does `work` with Inventory, once it is known to be there. */
export async function withInventory<Result>(
  address: string,
  work: (client: StockAdminClient) => Promise<Result>,
): Promise<Result> {
  const client = new StockAdminClient(address);
  try {
    await client.list({ pageSize: 1, pageToken: '' }, PROBE_TIMEOUT_MS).catch((error: unknown) => {
      throw isServiceError(error) ? unreachable(address, error) : error;
    });
    return await work(client);
  } finally {
    client.close();
  }
}

const unreachable = (address: string, error: ServiceError): ToolError =>
  new ToolError(
    `Inventory does not answer at ${address} (${saidBy(error)}).\n` +
      'Start it, for instance with npm start, or say where it is: --address HOST:PORT, or\n' +
      'INVENTORY_GRPC_HOST and INVENTORY_GRPC_PORT in the environment or in .env.',
  );

export const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;

/** Such as `UNAVAILABLE: No connection established`. */
export const saidBy = ({ code, details }: ServiceError): string => `${status[code]}: ${details}`;

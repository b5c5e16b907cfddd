import {
  type Client,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import {
  type AdjustStockRequest,
  type AdjustStockResponse,
  CHANNEL_OPTIONS,
  type GetKafkaStatusRequest,
  type GetKafkaStatusResponse,
  INVENTORY_PROTO,
  type ListStockRequest,
  type ListStockResponse,
  loadProto,
  type SetStockThresholdRequest,
  type SetStockThresholdResponse,
  targetOf,
} from '@app/contracts';
import type { ClientSecurity } from '@app/tls';

/** A call that exceeds its deadline may still have been executed. */
const CALL_TIMEOUT_MS = 10_000;

const CHANNEL = {
  ...CHANNEL_OPTIONS,
  // The default backoff grows to two minutes, so a restarted Inventory would be noticed late.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

type Callback<Response> = (error: ServiceError | null, response: Response) => void;
type UnaryCall<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: { deadline: Date },
  callback: Callback<Response>,
) => void;

interface Stub extends Client {
  getKafkaStatus: UnaryCall<GetKafkaStatusRequest, GetKafkaStatusResponse>;
  adjustStock: UnaryCall<AdjustStockRequest, AdjustStockResponse>;
  listStock: UnaryCall<ListStockRequest, ListStockResponse>;
  setStockThreshold: UnaryCall<SetStockThresholdRequest, SetStockThresholdResponse>;
}

/** Inventory's calls for an operator, as promises. Every call has a deadline. */
export class StockAdminClient {
  private readonly stub: Stub;

  constructor(
    readonly address: string,
    { credentials, channelOptions }: ClientSecurity,
  ) {
    const { inventory } = loadPackageDefinition(loadProto(INVENTORY_PROTO)) as unknown as {
      inventory: { v1: { InventoryService: new (...args: unknown[]) => Stub } };
    };
    this.stub = new inventory.v1.InventoryService(targetOf(address), credentials, {
      ...CHANNEL,
      ...channelOptions,
    });
  }

  adjust(request: AdjustStockRequest): Promise<AdjustStockResponse> {
    return toPromise(CALL_TIMEOUT_MS, (options, callback) =>
      this.stub.adjustStock(request, new Metadata(), options, callback),
    );
  }

  list(request: ListStockRequest, timeoutMs = CALL_TIMEOUT_MS): Promise<ListStockResponse> {
    return toPromise(timeoutMs, (options, callback) =>
      this.stub.listStock(request, new Metadata(), options, callback),
    );
  }

  setThreshold(request: SetStockThresholdRequest): Promise<SetStockThresholdResponse> {
    return toPromise(CALL_TIMEOUT_MS, (options, callback) =>
      this.stub.setStockThreshold(request, new Metadata(), options, callback),
    );
  }

  kafkaStatus(timeoutMs: number): Promise<GetKafkaStatusResponse> {
    return toPromise(timeoutMs, (options, callback) =>
      this.stub.getKafkaStatus({}, new Metadata(), options, callback),
    );
  }

  close(): void {
    this.stub.close();
  }
}

const toPromise = <Response>(
  timeoutMs: number,
  call: (options: { deadline: Date }, callback: Callback<Response>) => void,
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const deadline = new Date(Date.now() + timeoutMs);
    call({ deadline }, (error, response) => (error ? reject(error) : resolve(response)));
  });

export const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;

/** Returns status and details, such as `UNAVAILABLE: No connection established`. */
export const describeGrpcError = ({ code, details }: ServiceError): string =>
  `${status[code]}: ${details}`;

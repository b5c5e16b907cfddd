import type { ChannelOptions, Server, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { type GrpcOptions, Transport } from '@nestjs/microservices';
import { hostPort } from '@app/config';
import {
  INVENTORY_PACKAGE,
  INVENTORY_PROTO,
  INVENTORY_SERVICE,
  LIMITS,
  loadProto,
} from '@app/contracts';
import { CallGate } from './grpc/call-gate';
import { GRPC_LIMITS } from './grpc/grpc-limits';
import { addReflection } from './grpc/reflection';
import { RequestCheck } from './grpc/request-check';
import { carryRequestIds } from './grpc/request-ids';
import type { ServerSecurity } from './grpc/server-security';
import type { GrpcHealth } from './health/grpc-health';
import type { InventoryConfig } from './inventory.config';

/** Streams that a client may open on one connection. Further calls wait at the client. */
const MAX_STREAMS = 1_000;
/** Memory that HTTP/2 may take for one connection, in MB. Node's own limit, which grpc-js lifts. */
const MAX_SESSION_MEMORY_MB = 16;
const KEEPALIVE_TIMEOUT_MS = 5_000;
/** Longer than any call except a stream. */
const CONNECTION_AGE_GRACE_MS = 15_000;

/** Returns the address that the server listens on. */
export const grpcAddress = (config: InventoryConfig): string =>
  hostPort(config.INVENTORY_GRPC_HOST, config.INVENTORY_GRPC_PORT);

/** Returns the Nest options of the gRPC server. */
export const grpcServer = (
  config: InventoryConfig,
  { credentials, access }: ServerSecurity,
  health: GrpcHealth,
): GrpcOptions => {
  const check = new RequestCheck();
  const limits = {
    ...GRPC_LIMITS,
    maxConnections: config.INVENTORY_MAX_CONNECTIONS,
    maxIdleMs: (config.INVENTORY_MAX_CONNECTION_AGE_SECONDS * 1_000) / 2,
  };
  const gate = new CallGate(limits, access);
  return {
    transport: Transport.GRPC,
    options: {
      url: grpcAddress(config),
      credentials,
      package: INVENTORY_PACKAGE,
      packageDefinition: inventoryDefinition(check),
      maxReceiveMessageLength: LIMITS.maxBatchBytes,
      channelOptions: channelOptions(config, check),
      gracefulShutdown: true,
      onLoadPackageDefinition: (_definition: PackageDefinition, server: Server) => {
        gate.protect(server);
        carryRequestIds(server);
        const addService = (service: ServiceDefinition, handlers: UntypedServiceImplementation) =>
          server.addService(check.protect(service), handlers);
        health.addToServer({ addService });
        if (servesReflection(config)) addReflection({ addService });
      },
    },
  };
};

/** By default not in production: it tells every caller the whole contract. */
const servesReflection = ({ INVENTORY_REFLECTION: setting }: InventoryConfig): boolean =>
  setting === undefined ? process.env.NODE_ENV !== 'production' : setting === 'true';

const inventoryDefinition = (check: RequestCheck): PackageDefinition => {
  const definition = loadProto(INVENTORY_PROTO);
  const name = `${INVENTORY_PACKAGE}.${INVENTORY_SERVICE}`;
  const service = check.protect(definition[name] as ServiceDefinition);
  return { ...definition, [name]: service } as unknown as PackageDefinition;
};

const channelOptions = (config: InventoryConfig, check: RequestCheck): ChannelOptions => ({
  'grpc.max_concurrent_streams': MAX_STREAMS,
  'grpc-node.max_session_memory': MAX_SESSION_MEMORY_MB,
  'grpc.max_connection_age_ms': config.INVENTORY_MAX_CONNECTION_AGE_SECONDS * 1_000,
  'grpc.max_connection_age_grace_ms': CONNECTION_AGE_GRACE_MS,
  'grpc.keepalive_time_ms': config.INVENTORY_KEEPALIVE_SECONDS * 1_000,
  'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
  // Statistics that nothing reads, for each call and each connection.
  'grpc.enable_channelz': 0,
  interceptors: [check.interceptor],
});

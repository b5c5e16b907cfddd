export * from './generated/inventory/v1/inventory';
export type { Duration } from './generated/google/protobuf/duration';
export type { Timestamp } from './generated/google/protobuf/timestamp';
export type { Status } from './generated/google/rpc/status';
export * from './grpc-client';
export * from './limits';
export * from './proto-files';
export * from './time';
export * from './validators';

export * from './generated/inventory/v1/inventory';
export type { Timestamp } from './generated/google/protobuf/timestamp';
export * from './grpc-client';
export * from './limits';
export * from './proto-files';
export * from './validators';

export * from './grpc-error.filter';
export * from './grpc-status';
export * from './problem';
export * from './problem.filter';
export * from './reasons';
export * from './service-error';
export * from './validation.pipe';

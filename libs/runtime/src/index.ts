export * from './logging';
export * from './run-service';

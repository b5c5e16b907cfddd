export * from './logging';
export * from './reachability';
export * from './run-service';

export * from './logging';
export * from './reachability';
export * from './run-service';
export * from './poller';
export * from './failpoint';
export * from './adaptive-limit';

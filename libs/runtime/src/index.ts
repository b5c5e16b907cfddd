export * from './logging';
export * from './reachability';
export * from './run-service';
export * from './repeating';
export * from './failpoint';
export * from './adaptive-limit';

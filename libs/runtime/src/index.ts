export * from './logging';
export * from './reachability';
export * from './run-service';
export * from './repeating';
export * from './point';
export * from './adaptive-limit';

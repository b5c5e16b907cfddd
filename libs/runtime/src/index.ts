export * from './logging';
export * from './outage-log';
export * from './run-service';
export * from './poller';
export * from './failpoint';
export * from './adaptive-limit';
export * from './remote-clock';

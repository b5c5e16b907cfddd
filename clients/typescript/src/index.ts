export * from './client.js';
export type { StreamEvent, StreamOptions } from './event-stream.js';
export * from './problem.js';
export type { components, operations, paths } from './schema.js';

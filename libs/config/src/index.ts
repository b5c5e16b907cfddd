export * from './checkout';
export * from './config';
export * from './hide-password';
export * from './settings';

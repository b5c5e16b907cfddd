import { ServiceError } from '@app/errors';
import { PAGE_SIZE_FAULT } from './page-size';

export const overloaded = (): ServiceError =>
  new ServiceError(
    'OVERLOADED',
    'Too many requests are in flight. Nothing was done; try again later.',
  );

export const notJson = (): ServiceError =>
  new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as Content-Type: application/json.');

export const shuttingDown = (): ServiceError =>
  new ServiceError('SHUTTING_DOWN', 'This instance is shutting down; use another one.');

export const invalidPageSize = (): ServiceError =>
  ServiceError.invalid([{ field: 'limit', fault: PAGE_SIZE_FAULT }]);

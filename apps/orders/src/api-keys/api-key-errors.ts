import { ServiceError } from '@app/errors';

export const API_KEY_ID_FAULT = 'must be a UUID, as POST /v1/api-keys returns it';

export const invalidApiKeyId = (): ServiceError =>
  ServiceError.invalid([{ field: 'id', fault: API_KEY_ID_FAULT }]);

export const apiKeyNotFound = (id: string): ServiceError =>
  new ServiceError('API_KEY_NOT_FOUND', `There is no API key ${id}.`, {
    metadata: { apiKeyId: id },
  });

import { Global, Module } from '@nestjs/common';
import { ApiKeyRepository } from '@app/access';
import { Database, ReadLane } from '@app/postgres';
import { ApiKeyAuthenticator } from '../access/api-key.authenticator';
import { ApiKeyCache } from './api-key-cache.service';
import { ApiKeyUsageWorker } from './api-key-usage.worker';
import { ApiKeyController } from './api-key.controller';
import { ApiKeyService } from './api-key.service';

/**
 * API keys: their administration, and the authentication of callers with them. Global, so that `access`, which
 * it implements a part of, finds it.
 */
@Global()
@Module({
  controllers: [ApiKeyController],
  providers: [
    {
      provide: ApiKeyRepository,
      inject: [Database, ReadLane],
      useFactory: (database: Database, reads: ReadLane) => new ApiKeyRepository(database, reads),
    },
    ApiKeyService,
    ApiKeyCache,
    ApiKeyUsageWorker,
    { provide: ApiKeyAuthenticator, useExisting: ApiKeyCache },
  ],
  exports: [ApiKeyAuthenticator],
})
export class ApiKeysModule {}

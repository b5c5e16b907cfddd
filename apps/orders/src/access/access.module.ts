import { type DynamicModule, Module } from '@nestjs/common';
import { JWT_OPTIONS, type JwtOptions } from './access-options';
import { Authenticator } from './authenticator.service';
import { SigningKeysClient } from './signing-keys.client';
import { SigningKeys } from './signing-keys.service';
import { SigningKeysRefresher } from './signing-keys.worker';
import { TokenVerifier } from './token-verifier.service';

/** Authentication. Without `jwt` only API keys are accepted. */
@Module({})
export class AccessModule {
  static with(jwt: JwtOptions | undefined): DynamicModule {
    const verification = jwt
      ? [
          { provide: JWT_OPTIONS, useValue: jwt },
          SigningKeysClient,
          SigningKeys,
          SigningKeysRefresher,
          TokenVerifier,
        ]
      : [];
    return { module: AccessModule, providers: [Authenticator, ...verification] };
  }
}

import { Global, Module } from '@nestjs/common';
import { ClockReader } from './clock.worker';
import { ClockService } from './clock.service';

@Global()
@Module({ providers: [ClockService, ClockReader], exports: [ClockService] })
export class ClockModule {}

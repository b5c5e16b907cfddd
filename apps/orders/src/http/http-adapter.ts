import type { Express } from 'express';
import { ExpressAdapter } from '@nestjs/platform-express';
import { createHttpServer, type ServerTimeouts } from './server-timeouts';

/** Express on a server with our timeouts. Nest's own adapter creates a server with Node's defaults. */
export class HttpAdapter extends ExpressAdapter {
  constructor(private readonly timeouts: ServerTimeouts) {
    super();
  }

  override initHttpServer(): void {
    const express = this.getInstance<Express>();
    this.setHttpServer(createHttpServer(express, this.timeouts));
  }
}

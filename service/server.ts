#!/usr/bin/env node
import { configSchema } from './config-schema.ts';
import { runService } from './run-service.ts';

void runService({ schema: configSchema }, () => import('./app.ts'));

#!/usr/bin/env node
import { runService } from '../../service/run-service.ts';
import { configSchema } from './schema.ts';

void runService({ schema: configSchema }, () => import('./app.ts'));

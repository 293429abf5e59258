#!/usr/bin/env node
import { runService } from '../../service/run-service.ts';
import { databaseSchema } from './schema.ts';

void runService({ schema: databaseSchema }, () => import('./app.ts'));

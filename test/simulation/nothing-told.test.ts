import { afterEach, describe, expect, it } from 'vitest';
import { TransientError } from '../../core/contract/errors.ts';
import type { JsonObject } from '../../core/contract/json.ts';
import { createProgress } from '../../core/observe/progress.ts';
import { renderReport } from '../../core/observe/render-report.ts';
import { status } from '../../sync/status.ts';
import { verify } from '../../sync/verify.ts';
import { baseRows, createScenario, type Scenario } from '../sync/scenario.ts';

import { z } from 'zod';
import {
  startLoopbackServer,
  type LoopbackReply,
  type LoopbackRequest,
} from '../../core/testing/loopback-server.ts';
import { demoChanges } from '../../examples/demo-company/changes.ts';
import type { DemoCompany } from '../../examples/demo-company/generate.ts';
import type { SourceClock } from './clock.ts';
import { parseFault, switchFault } from './faults.ts';
import { playChange, sourceChange, type SourceChange } from './play-change.ts';
import { portError, type Services } from './services.ts';

export interface ControlOptions {
  readonly services: Services;
  readonly clock: SourceClock;
  readonly company: DemoCompany | undefined;
  readonly port?: number | undefined;
  /** Told what somebody did, as one line. */
  readonly say: (line: string) => void;
}

export interface Control {
  readonly url: string;
  close(): Promise<void>;
}

const aheadMs = 120_000;

/**
 * Lets another shell change the emulated sources and switch faults:
 * `POST /changes` plays the demo company's four changes, or those of the body; the sources' clocks go on by two minutes.
 * `POST /faults` takes `["azure:503:3"]`; `DELETE /faults` switches all of them off.
 */
export async function startControl(options: ControlOptions): Promise<Control> {
  const { services, clock, company, say } = options;
  let faults: (() => void)[] = [];
  let isPlayed = false;

  const changesOf = (body: Buffer): readonly SourceChange[] => {
    if (body.length > 0) return z.array(sourceChange).parse(JSON.parse(body.toString('utf8')));
    if (!company) throw new Error('data of your own has no changes: send a list of them');
    if (isPlayed) throw new Error('the four changes were made already: send a list of others');
    isPlayed = true;
    return demoChanges(company, clock.now()).changes.map((one) => ({ ...one }));
  };
  const routes: Record<string, (body: Buffer) => unknown> = {
    'POST /changes': (body) => {
      const changes = changesOf(body);
      const made = changes.map((change) => {
        playChange(change, services);
        return change.what ?? `${change.source} ${change.table}: ${change.action}`;
      });
      clock.advance(aheadMs);
      for (const one of made) say(one);
      return { made, sourcesNow: new Date(clock.now()).toISOString() };
    },
    'POST /faults': (body) => {
      const specs = z.array(z.string()).parse(JSON.parse(body.toString('utf8')));
      faults.push(...specs.map((one) => switchFault(parseFault(one), services)));
      say(`faults: ${specs.join(', ')}`);
      return { faults: specs };
    },
    'DELETE /faults': () => {
      faults.forEach((off) => off());
      faults = [];
      say('no more faults');
      return { faults: [] };
    },
  };
  const handle = ({ method, path, body }: LoopbackRequest): LoopbackReply => {
    const route = routes[`${method} ${path}`];
    if (!route) return { status: 404, body: { error: `there are: ${Object.keys(routes).join(', ')}` } };
    try {
      return { status: 200, body: route(body) };
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      return { status: 400, body: { error: why } };
    }
  };
  try {
    return await startLoopbackServer(handle, options.port === undefined ? {} : { port: options.port });
  } catch (error) {
    throw portError(error) ?? error;
  }
}

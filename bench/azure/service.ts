import { startAzureOpenAiEmulator } from '../../connectors/azure-ai-search/emulator/azure-openai.ts';
import { startAzureAiSearchEmulator } from '../../connectors/azure-ai-search/emulator/index.ts';
import { startLoopbackServer, type LoopbackReply } from '../../core/testing/loopback-server.ts';

/** The emulated search service and embedding deployment in a process of their own, with a third port to look at them. */
export interface ServiceAddresses {
  readonly search: string;
  readonly searchKey: string;
  readonly openai: string;
  readonly openaiKey: string;
  readonly control: string;
}
/** Since the last time they were asked for. */
export interface ServiceCounts {
  readonly requests: number;
  readonly actions: number;
  readonly tokens: number;
  /** Processor time of the emulators. */
  readonly serviceCpuMs: number;
}

const openaiKey = 'openai-key';
const search = await startAzureAiSearchEmulator();
const openai = await startAzureOpenAiEmulator({ apiKey: openaiKey });
let requests = 0;
let actions = 0;
let paidBefore = 0;
let cpu = process.cpuUsage();
let faults = false;

const isIndexing = ({ path }: { readonly path: string }): boolean => /\/docs\/(search\.)?index$/.test(path);
const turn = (every: number): boolean => faults && requests % every === 0;
search.server.fault({
  when(request) {
    if (!isIndexing(request)) return false;
    requests++;
    actions += request.body.toString('latin1').split('"@search.action"').length - 1;
    return false;
  },
  effect: { kind: 'stall' },
});
/** A service under load: it refuses whole requests, in both ways, and single documents of others. */
const refuse = (status: number, every: number, message: string): void =>
  void search.server.fault({
    when: (request) => isIndexing(request) && turn(every),
    effect: { kind: 'reply', reply: { status, body: { error: { code: '', message } } } },
  });
refuse(503, 7, 'The service is too busy');
refuse(429, 11, 'Too many requests');
let seen = 0;
search.refuse(() => (turn(3) && ++seen % 20 === 0 ? 503 : undefined));

const control = await startLoopbackServer((request): LoopbackReply => {
  switch (request.path) {
    case '/counts': {
      const { user, system } = process.cpuUsage(cpu);
      cpu = process.cpuUsage();
      const serviceCpuMs = Math.round((user + system) / 1000);
      const counts: ServiceCounts = { requests, actions, tokens: openai.tokens() - paidBefore, serviceCpuMs };
      requests = actions = 0;
      paidBefore = openai.tokens();
      return { status: 200, body: counts };
    }
    case '/faults':
      faults = request.query.get('on') === 'true';
      return { status: 200, body: {} };
    case '/stored': {
      const stored = search.documents(request.query.get('index') ?? '');
      return { status: 200, body: stored.map((one) => one['content']) };
    }
    default:
      return { status: 404 };
  }
});
process.send!({
  search: search.url,
  searchKey: search.env['AZURE_SEARCH_API_KEY']!,
  openai: openai.url,
  openaiKey,
  control: control.url,
} satisfies ServiceAddresses);
process.on('disconnect', () => process.exit(0));

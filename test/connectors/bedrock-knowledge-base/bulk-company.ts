import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startBedrockEmulator,
  type BedrockEmulator,
} from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { bedrockKnowledgeBase } from '../../../connectors/bedrock-knowledge-base/index.ts';
import type { Registry } from '../../../core/config/config.ts';
import { parseConfig } from '../../../core/config/load-config.ts';
import {
  createTestClock,
  modelSource,
  type ModelSource,
  type TestClock,
} from '../../../core/testing/index.ts';
import { createTributary, type Tributary } from '../../../sync/tributary.ts';

const yamlOf = (from: number, jobFrom: number): string => `
namespace: acme
sources: { crm: { type: model, streams: { Account: { fields: [Id, Name, Story] } } } }
destinations:
  knowledge:
    type: bedrock-knowledge-base
    plane: stateful
    region: "\${AWS_REGION}"
    knowledgeBaseId: "\${BEDROCK_KNOWLEDGE_BASE_ID}"
    dataSourceId: "\${BEDROCK_DATA_SOURCE_ID}"
    endpoint: "\${BEDROCK_ENDPOINT}"
    runtimeEndpoint: "\${BEDROCK_RUNTIME_ENDPOINT}"
    credentials: { accessKeyId: "\${AWS_ACCESS_KEY_ID}", secretAccessKey: "\${AWS_SECRET_ACCESS_KEY}" }
    bulk:
      bucket: "\${BEDROCK_S3_BUCKET}"
      prefix: "\${BEDROCK_S3_PREFIX}"
      dataSourceId: "\${BEDROCK_S3_DATA_SOURCE_ID}"
      endpoint: "\${BEDROCK_S3_ENDPOINT}"
      from: ${from}
      jobFrom: ${jobFrom}
kinds:
  account:
    from: crm.Account
    title: "{{Name}}"
    body: "{{Name}} says: {{Story}}"
    access: { everyone: the data of the test is not secret }
pipelines: { all: { kinds: [account], destinations: [knowledge] } }
`;

/** A company of accounts on a model source, and a knowledge base with both roads, on one clock. */
export interface BulkCompany {
  readonly emulator: BedrockEmulator;
  readonly clock: TestClock;
  readonly crm: ModelSource;
  /** Makes or changes an account. */
  tell(account: number, story: string): void;
  /** A process of its own: the catalog is all that it knows. */
  inProcess<T>(work: (tributary: Tributary) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** What Retrieve would find: on which road, and how many documents more than once. */
  standing(): { readonly direct: number; readonly s3: number; readonly twice: number };
  texts(): readonly string[];
  close(): Promise<void>;
}

export async function openBulkCompany(options: {
  readonly accounts: number;
  readonly from: number;
  readonly jobFrom: number;
}): Promise<BulkCompany> {
  const clock = createTestClock();
  const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  const emulator = await startBedrockEmulator({ s3: true, now: clock.now });
  const row = (n: number, story: string) => ({ Id: `a${n}`, Name: `Account ${n}`, Story: story });
  const rows = Array.from({ length: options.accounts }, (_, n) => [`a${n}`, row(n, 'Hello.')]);
  const crm = modelSource({
    clock,
    pageSize: 100,
    fields: { Account: ['Id', 'Name', 'Story'] },
    streams: { Account: Object.fromEntries(rows) },
  });
  const registry: Registry = {
    sources: { model: async () => crm.connector as never },
    destinations: { 'bedrock-knowledge-base': async () => bedrockKnowledgeBase as never },
  };
  const live = () =>
    emulator.sources().flatMap(({ objects, store }) =>
      [...store.all()].flatMap(({ id }) => {
        const content = store.get(id)?.live;
        return content
          ? [{ isS3: objects !== undefined, id: content.metadata['doc_id'], text: content.text }]
          : [];
      }),
    );
  return {
    emulator,
    clock,
    crm,
    tell: (account, story) => crm.put('Account', `a${account}`, row(account, story)),
    async inProcess(work, signal) {
      const config = await parseConfig(yamlOf(options.from, options.jobFrom), registry, {
        env: emulator.env,
        folder,
      });
      const tributary = await createTributary({
        config,
        registry,
        now: clock.now,
        sleep: clock.sleep,
        ...(signal ? { signal } : {}),
      });
      try {
        return await work(tributary);
      } finally {
        await tributary.close();
      }
    },
    standing() {
      const all = live();
      const s3 = all.filter((one) => one.isS3).length;
      // A document without metadata has no id, and counts as standing twice.
      const ids = new Set(all.flatMap(({ id }) => id ?? []));
      return { direct: all.length - s3, s3, twice: all.length - ids.size };
    },
    texts: () => live().map(({ text }) => text),
    async close() {
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

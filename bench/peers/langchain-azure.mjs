import { AzureAISearchVectorStore } from '@langchain/community/vectorstores/azure_aisearch';
import { InMemoryRecordManager } from '@langchain/community/indexes/memory';
import { Document } from '@langchain/core/documents';
import { Embeddings } from '@langchain/core/embeddings';
import { index as keepIndexed } from '@langchain/core/indexing';
import { AzureKeyCredential, SearchClient, SearchIndexClient } from '@azure/search-documents';
import { inService, rounds } from '../azure/rounds.ts';
import { dimensions, documentsOf, onePercentChanged } from '../azure/workload.ts';

/**
 * LangChain's own way to the same index: its vector store, and `index()` with a record manager that removes what is
 * gone (`cleanup: 'full'`). The passages are handed over as they are: nothing is read, composed or cut.
 */
const { addresses, count, faults } = inService();
const indexName = faults ? 'langchain-faults' : 'langchain';

class DeploymentEmbeddings extends Embeddings {
  async embedDocuments(texts) {
    const response = await fetch(
      `${addresses.openai}/openai/deployments/embedding/embeddings?api-version=2024-10-21`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'api-key': addresses.openaiKey },
        body: JSON.stringify({ input: texts, dimensions }),
      },
    );
    const { data } = await response.json();
    return data.map(({ embedding }) => embedding);
  }
  async embedQuery(text) {
    return (await this.embedDocuments([text]))[0];
  }
}

// The store makes its own clients from an endpoint, but then refuses plain http: so the index is made here, as it makes it.
const credential = new AzureKeyCredential(addresses.searchKey);
const insecure = { allowInsecureConnection: true };
const client = new SearchClient(addresses.search, indexName, credential, insecure);
const embeddings = new DeploymentEmbeddings({});
const store = new AzureAISearchVectorStore(embeddings, { client, indexName });
await new SearchIndexClient(addresses.search, credential, insecure).createIndex(
  await store.createSearchIndexDefinition(indexName),
);
const recordManager = new InMemoryRecordManager();

let documents = documentsOf(count);
/** The store's sender throws in the listener of an event, so that some failures come as rejections that nobody holds. */
const strayErrors = [];
process.on('unhandledRejection', (error) => void strayErrors.push(error));
process.on('uncaughtException', (error) => void strayErrors.push(error));

await rounds({
  index: indexName,
  change: async () => {
    documents = onePercentChanged(documents);
  },
  async sync() {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const docsSource = documents.flatMap(({ id, sections }) =>
      sections.map((pageContent) => new Document({ pageContent, metadata: { source: id } })),
    );
    let done = true;
    strayErrors.length = 0;
    try {
      await keepIndexed({
        docsSource,
        recordManager,
        vectorStore: store,
        options: { cleanup: 'full', sourceIdKey: 'source' },
      });
      done = strayErrors.length === 0;
    } catch {
      done = false;
    }
    const { user, system } = process.cpuUsage(cpu);
    return {
      wallMs: Math.round(performance.now() - start),
      cpuMs: Math.round((user + system) / 1000),
      done,
    };
  },
}).catch((error) => {
  console.error(error);
  process.exit(1);
});
process.exit(0);

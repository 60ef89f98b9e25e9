export const modelMethod = `Generated rows of a model source go through the real engine and a catalog in a file to two model destinations in the
same process, which keep fingerprints only. \`one-to-one\`: records of about 1.3 KB, one document each. \`joined\`: accounts, contacts,
opportunities, users and months of usage; documents of accounts (with owner, contacts, opportunities, usage) and of opportunities (with
account and owner). \`source alone\` is what generating and paging the rows takes without the engine. CPU is that of the process, with its
garbage collector's threads. No V8 settings.`;

export const emulatorMethod = `The four emulators run in processes of their own, with their limits off; Bedrock indexes a document in 50 ms. They hold the
demo company at a scale that gives about the stated number of records. The engine is the command line with the root
\`connectors.config.yaml\` (\`one-to-one\`: the kinds of \`bench/emulators/one-to-one-kinds.yaml\` in place of its own), the pace of both
destinations set free (\`requestsPerSecond\`, \`inFlight\`); each step is a process of its own, under the V8 settings that the command line
gives itself. \`same-requests\` is a loop written by hand with \`fetch\` and no catalog that sends the same batches and polls; \`bytes-only\`
moves the same bytes, made beforehand, and asks nothing; \`connectors-only\` is the engine's own connectors with the vendors' SDKs and no
engine. Templates, hashes and bodies are the engine's in all of them; joins of the loops are maps in memory. Emulators and measured process
share the processors, so a run's time contains the emulators' work. \`run ms\` leaves out loading the program, \`CPU ms\` of the engine
contains it (and that of its SDKs), that of the loops does not. Requests: Salesforce + Snowflake + Bedrock + Azure, as the emulators count
them; those of \`bytes-only\` to the sources are counted twice, since it reads once before it starts.`;

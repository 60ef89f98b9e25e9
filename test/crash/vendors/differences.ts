import { expectedPlanes, type Expected } from './oracle.ts';
import type { Services } from './services.ts';

interface Found extends Expected {
  readonly version: string;
}
type Plane = Readonly<Record<string, Found>>;

/** Where the planes are not what the sources say, one sentence each: lost, stale, orphaned, doubled, forbidden, unequal. */
export function differences(services: Services): string[] {
  const expected = expectedPlanes(services);
  const azure = azurePlane(services);
  const bedrock = bedrockPlane(services);
  const unequal = Object.keys(azure.plane).filter(
    (id) => bedrock[id] && bedrock[id].version !== azure.plane[id]!.version,
  );
  return [
    ...comparePlane('bedrock', expected.bedrock, bedrock),
    ...comparePlane('azure', expected.azure, azure.plane),
    ...azure.doubled,
    ...unequal.map((id) => `the planes hold ${id} in two versions`),
    ...services.leaks.map((leak) => `forbidden: ${leak}`),
    ...services.azure.duplicateKeys.map((key) => `azure was sent ${key} twice in one request`),
  ];
}

function comparePlane(name: string, expected: Readonly<Record<string, Expected>>, plane: Plane): string[] {
  const shape = ({ title, text, industry }: Expected): string => JSON.stringify({ title, text, industry });
  return [
    ...Object.keys(expected).flatMap((id) => {
      const found = plane[id];
      if (!found) return [`lost: ${name} has no ${id}`];
      return shape(found) === shape(expected[id]!)
        ? []
        : [`stale: ${name} has ${id} as ${shape(found)}, not ${shape(expected[id]!)}`];
    }),
    ...Object.keys(plane)
      .filter((id) => !Object.hasOwn(expected, id))
      .map((id) => `orphan: ${name} holds ${id}`),
  ];
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
const textOf = (value: unknown): string => String(value ?? '');

const bedrockPlane = ({ bedrock }: Services): Plane =>
  Object.fromEntries(
    [...bedrock.documents()].map(([id, { text, metadata }]) => [
      id,
      {
        title: textOf(metadata['title']),
        text: oneLine(text),
        industry: metadata['industry'] === undefined ? undefined : textOf(metadata['industry']),
        version: textOf(metadata['version']),
      },
    ]),
  );

/** A document of several passages is whole when these are all there, once, and of one version. */
function azurePlane({ azure }: Services): { readonly plane: Plane; readonly doubled: string[] } {
  const rows = new Map<string, Record<string, unknown>[]>();
  for (const row of azure.documents('acme')) {
    const id = textOf(row['doc_id']);
    rows.set(id, [...(rows.get(id) ?? []), row]);
  }
  const doubled: string[] = [];
  const plane: Record<string, Found> = {};
  for (const [id, found] of rows) {
    const passages = found.sort((one, other) => Number(one['chunk']) - Number(other['chunk']));
    const [first] = passages;
    const whole = passages.every(
      (one, at) =>
        one['chunk'] === at &&
        one['chunk_count'] === passages.length &&
        one['fingerprint'] === first!['fingerprint'],
    );
    if (!whole)
      doubled.push(`doubled or torn: azure holds ${passages.length} passages of ${id} that are no whole`);
    const { industry } = JSON.parse(textOf(first!['metadata_json'])) as { industry?: string };
    plane[id] = {
      title: textOf(first!['title']),
      text: oneLine(passages.map((one) => textOf(one['content'])).join(' ')),
      industry,
      version: textOf(first!['version']),
    };
  }
  return { plane, doubled };
}

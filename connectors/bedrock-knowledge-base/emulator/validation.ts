import type { AttributeValue, DocumentContent } from './document-store.ts';
import { invalid } from './replies.ts';

export type Fields = Readonly<Record<string, unknown>>;

const maxContent = 5_242_880;
export const reservedKey = /^(x-amz-bedrock|_)/;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function parseBody(body: Buffer): Fields {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw invalid('The request body is not well-formed JSON.');
  }
  if (!isFields(value)) throw invalid('The request body is not a JSON object.');
  return value;
}

/** The wording of the service's model checks. */
const constraint = (at: string, rule: string): Error =>
  invalid(`1 validation error detected: Value at '${at}' failed to satisfy constraint: Member must ${rule}`);

export function text(value: unknown, at: string, min: number, max: number, pattern?: RegExp): string {
  if (typeof value !== 'string') throw constraint(at, 'not be null');
  if (value.length < min) throw constraint(at, `have length greater than or equal to ${min}`);
  if (value.length > max) throw constraint(at, `have length less than or equal to ${max}`);
  if (pattern && !pattern.test(value))
    throw constraint(at, `satisfy regular expression pattern: ${pattern.source}`);
  return value;
}

export function list(value: unknown, at: string, min: number, max: number): readonly unknown[] {
  if (!Array.isArray(value)) throw constraint(at, 'not be null');
  if (value.length < min) throw constraint(at, `have length greater than or equal to ${min}`);
  if (value.length > max) throw constraint(at, `have length less than or equal to ${max}`);
  return value;
}

export function oneOf(value: unknown, at: string, choices: readonly string[]): string {
  if (typeof value !== 'string' || !choices.includes(value))
    throw constraint(at, `satisfy enum value set: [${choices.join(', ')}]`);
  return value;
}

export function number(value: unknown, at: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw constraint(at, 'not be null');
  if (value < min) throw constraint(at, `have value greater than or equal to ${min}`);
  if (value > max) throw constraint(at, `have value less than or equal to ${max}`);
  return value;
}

/** Where a page begins: the token of the page before it. */
export function position(token: unknown): number {
  const plain = Buffer.from(text(token, 'nextToken', 1, 2048, /^\S*$/), 'base64url').toString();
  const found = /^position (\d+)$/.exec(plain)?.[1];
  if (found === undefined) throw invalid('nextToken is not valid.');
  return Number(found);
}

/** The member that `type` names must be there, and no other of the union. */
function member(fields: Fields, name: string, others: readonly string[], at: string): Fields {
  for (const other of others)
    if (other !== name && fields[other] !== undefined) throw constraint(`${at}.${other}`, 'be null');
  const value = fields[name];
  if (!isFields(value)) throw constraint(`${at}.${name}`, 'not be null');
  return value;
}

export function clientToken(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return text(value, 'clientToken', 33, 256, /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,256}$/);
}

/** The ids of a Get or Delete request. */
export function identifiers(body: Fields, max: number): readonly string[] {
  return list(body['documentIdentifiers'], 'documentIdentifiers', 1, max).map((entry, index) => {
    const at = `documentIdentifiers.${index + 1}.member`;
    if (!isFields(entry)) throw constraint(at, 'not be null');
    if (oneOf(entry['dataSourceType'], `${at}.dataSourceType`, ['CUSTOM', 'S3']) !== 'CUSTOM')
      throw invalid('The document identifier type does not match the type of the data source.');
    return text(member(entry, 'custom', ['custom', 's3'], at)['id'], `${at}.custom.id`, 1, 2048);
  });
}

/** The documents of an Ingest request into a CUSTOM data source. */
export function documents(
  body: Fields,
  max: number,
  accessLists: boolean,
): readonly { id: string; content: DocumentContent }[] {
  const entries = list(body['documents'], 'documents', 1, max).map((entry, index) =>
    document(entry, `documents.${index + 1}.member`, accessLists),
  );
  if (new Set(entries.map(({ id }) => id)).size !== entries.length)
    throw invalid('The request contains duplicate document identifiers.');
  return entries;
}

function document(
  entry: unknown,
  at: string,
  accessLists: boolean,
): { id: string; content: DocumentContent } {
  if (!isFields(entry)) throw constraint(at, 'not be null');
  const content = member(entry, 'content', [], at);
  if (oneOf(content['dataSourceType'], `${at}.content.dataSourceType`, ['CUSTOM', 'S3']) === 'S3')
    throw invalid(
      'S3 documents can only be ingested if your knowledge base is connected to an S3 data source.',
    );
  const custom = member(content, 'custom', ['custom', 's3'], `${at}.content`);
  const inside = `${at}.content.custom`;
  const id = text(
    member(custom, 'customDocumentIdentifier', [], inside)['id'],
    `${inside}.customDocumentIdentifier.id`,
    1,
    2048,
  );
  if (oneOf(custom['sourceType'], `${inside}.sourceType`, ['IN_LINE', 'S3_LOCATION']) !== 'IN_LINE')
    throw invalid('The role of the knowledge base cannot read the S3 location.');
  const inline = member(custom, 'inlineContent', ['inlineContent', 's3Location'], inside);
  if (oneOf(inline['type'], `${inside}.inlineContent.type`, ['TEXT', 'BYTE']) !== 'TEXT')
    throw invalid('Byte content is not served by this endpoint.');
  const data = member(inline, 'textContent', ['textContent', 'byteContent'], `${inside}.inlineContent`)[
    'data'
  ];
  return {
    id,
    content: {
      text: text(data, `${inside}.inlineContent.textContent.data`, 1, maxContent),
      metadata: metadata(entry['metadata'], `${at}.metadata`),
      access: accessControlList(entry['metadata'], `${at}.metadata`, accessLists),
    },
  };
}

function metadata(value: unknown, at: string): Record<string, AttributeValue> {
  if (value === undefined) return {};
  if (!isFields(value)) throw constraint(at, 'not be null');
  if (oneOf(value['type'], `${at}.type`, ['IN_LINE_ATTRIBUTE', 'S3_LOCATION']) !== 'IN_LINE_ATTRIBUTE')
    throw invalid('If you define the content inline, you must define the metadata inline.');
  const result: Record<string, AttributeValue> = {};
  for (const [index, entry] of list(value['inlineAttributes'], `${at}.inlineAttributes`, 1, 50).entries()) {
    const inside = `${at}.inlineAttributes.${index + 1}.member`;
    if (!isFields(entry)) throw constraint(inside, 'not be null');
    const key = text(entry['key'], `${inside}.key`, 1, 200);
    if (reservedKey.test(key)) throw invalid(`The metadata key at '${inside}.key' is reserved.`);
    if (key in result) throw invalid(`The metadata key at '${inside}.key' is given twice.`);
    if (!isFields(entry['value'])) throw constraint(`${inside}.value`, 'not be null');
    result[key] = attributeOf(entry['value'], `${inside}.value`);
  }
  return result;
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-ds-custom-acl.html */
function accessControlList(value: unknown, at: string, enabled: boolean): DocumentContent['access'] {
  const given = isFields(value) ? value['accessControlList'] : undefined;
  if (given === undefined) return [];
  if (!enabled) throw invalid('Access control lists are not supported for this data source.');
  return list(given, `${at}.accessControlList`, 1, Infinity).map((entry, index) => {
    const inside = `${at}.accessControlList.${index + 1}.member`;
    if (!isFields(entry)) throw constraint(inside, 'not be null');
    oneOf(entry['type'], `${inside}.type`, ['USER']);
    return {
      name: text(entry['name'], `${inside}.name`, 1, 256),
      access: oneOf(entry['access'], `${inside}.access`, ['ALLOW', 'DENY']),
    };
  });
}

const members = {
  STRING: 'stringValue',
  NUMBER: 'numberValue',
  BOOLEAN: 'booleanValue',
  STRING_LIST: 'stringListValue',
};

/** A value with its type, as requests and metadata files name it. */
export function attributeOf(value: Fields, at: string): AttributeValue {
  const type = oneOf(value['type'], `${at}.type`, Object.keys(members)) as keyof typeof members;
  for (const other of Object.values(members))
    if (other !== members[type] && value[other] !== undefined) throw constraint(`${at}.${other}`, 'be null');
  const given = value[members[type]];
  const inside = `${at}.${members[type]}`;
  if (type === 'STRING') return text(given, inside, 1, 2048);
  if (type === 'STRING_LIST')
    return list(given, inside, 1, 10).map((one, index) =>
      text(one, `${inside}.${index + 1}.member`, 1, 2048),
    );
  if (type === 'NUMBER') {
    if (typeof given !== 'number' || !Number.isFinite(given)) throw constraint(inside, 'not be null');
    return given;
  }
  if (typeof given !== 'boolean') throw constraint(inside, 'not be null');
  return given;
}

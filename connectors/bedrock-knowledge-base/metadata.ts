import type { MetadataAttribute } from '@aws-sdk/client-bedrock-agent';
import type { BusinessDocument, MetadataValue } from '../../core/contract/document.ts';
import { accessClass } from './access-class.ts';

export interface MetadataBudget {
  readonly bytes: number;
  readonly keys: number;
  readonly priority: readonly string[];
}
export interface FittedMetadata {
  readonly attributes: readonly MetadataAttribute[];
  /** Fields that were not sent, with the reason. */
  readonly leftOut: readonly { readonly field: string; readonly why: string }[];
  readonly refused?: string;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_MetadataAttributeValue.html */
const maxText = 2048;
const maxList = 10;
/** Of a filter; the API would store keys of up to 200 characters that no filter could name. */
const maxKey = 100;
/** A long list becomes `tags`, `tags_2`, … of ten members each; a filter group holds five of them. */
const maxListAttributes = 5;
const reserved = /^(_|x-amz-bedrock|score$)/i;

/**
 * Fits metadata into the budget by priority: identity, access, classification and trust, then citation and origin,
 * then what the kind declares. The first group is never left out: a document that cannot carry it is refused.
 */
export function fitMetadata(document: BusinessDocument, budget: MetadataBudget): FittedMetadata {
  const attributes: MetadataAttribute[] = [];
  const leftOut: { field: string; why: string }[] = [];
  let bytes = 2;
  const place = (some: readonly MetadataAttribute[]): boolean => {
    const added = some.reduce((sum, one) => sum + cost(one), 0);
    if (bytes + added > budget.bytes || attributes.length + some.length > budget.keys) return false;
    bytes += added;
    attributes.push(...some);
    return true;
  };

  const mandatory = {
    doc_id: document.id,
    access: accessClass(document.access),
    classification: document.classification,
    trust: document.trust,
    kind: document.kind,
    version: document.version,
  };
  for (const [field, value] of Object.entries(mandatory)) {
    const made = attributesOf(field, value);
    if (typeof made === 'string')
      return { attributes, leftOut, refused: `${field} cannot be stored: ${made}` };
    if (!place(made))
      return {
        attributes,
        leftOut,
        refused: `${field} (${made.reduce((sum, one) => sum + cost(one), 0)} bytes) does not fit into the ${budget.bytes} bytes of metadata; raise metadataBytes if the vector store allows it, or name fewer principals (groups in place of users)`,
      };
  }

  const { modifiedAt, system, stream, key } = document.origin;
  const epoch = Date.parse(modifiedAt ?? '');
  const optional: Record<string, MetadataValue | undefined> = {
    source: document.url,
    title: document.title,
    modified_at: modifiedAt,
    modified_at_epoch: Number.isNaN(epoch) ? undefined : Math.floor(epoch / 1000),
    origin_system: system,
    origin_stream: stream,
    origin_key: key,
  };
  const taken = new Set([...Object.keys(mandatory), ...Object.keys(optional)]);
  const declared = Object.keys(document.metadata);
  const ordered = [...budget.priority.filter((field) => declared.includes(field)), ...declared];
  const add = (field: string, value: MetadataValue | undefined): void => {
    if (value === undefined || isEmpty(value)) return;
    const made = attributesOf(field, value);
    if (typeof made === 'string') leftOut.push({ field, why: made });
    else if (made.some(({ key }) => key !== field && taken.has(String(key))))
      leftOut.push({ field, why: 'another field has the name of its second half' });
    else if (!place(made)) leftOut.push({ field, why: 'the metadata budget is full' });
    else for (const one of made) taken.add(String(one.key));
  };
  for (const [field, value] of Object.entries(optional)) add(field, value);
  for (const field of new Set(ordered)) {
    if (taken.has(field)) leftOut.push({ field, why: 'the name is used by Tributary' });
    else add(field, document.metadata[field]);
  }
  return { attributes, leftOut };
}

const isEmpty = (value: MetadataValue): boolean =>
  typeof value === 'string' ? value.trim() === '' : Array.isArray(value) && members(value).length === 0;

const members = (value: readonly string[]): string[] => [
  ...new Set(value.filter((one) => one.trim() !== '')),
];

/** The attributes of one field, or why it cannot be stored. */
function attributesOf(field: string, value: MetadataValue): MetadataAttribute[] | string {
  if (field === '' || field.length > maxKey) return `the name must have 1 to ${maxKey} characters`;
  if (reserved.test(field)) return 'the name is reserved by Bedrock or by its retrievers';
  if (typeof value === 'number')
    return Number.isFinite(value)
      ? [{ key: field, value: { type: 'NUMBER', numberValue: value } }]
      : 'it is not a finite number';
  if (typeof value === 'boolean') return [{ key: field, value: { type: 'BOOLEAN', booleanValue: value } }];
  if (typeof value === 'string') {
    if (value.trim() === '') return 'it is empty';
    if (value.length > maxText) return `it is longer than ${maxText} characters`;
    return [{ key: field, value: { type: 'STRING', stringValue: value.toWellFormed() } }];
  }
  const list = members(value);
  if (list.length > maxList * maxListAttributes)
    return `it has more than ${maxList * maxListAttributes} members`;
  if (list.some((one) => one.length > maxText)) return `a member is longer than ${maxText} characters`;
  return Array.from({ length: Math.ceil(list.length / maxList) }, (_, index) => ({
    key: index === 0 ? field : `${field}_${index + 1}`,
    value: {
      type: 'STRING_LIST' as const,
      stringListValue: list.slice(index * maxList, (index + 1) * maxList).map((one) => one.toWellFormed()),
    },
  }));
}

/** Bytes of an attribute in the JSON object that a vector store keeps. */
function cost({ key, value }: MetadataAttribute): number {
  const plain = value?.stringValue ?? value?.numberValue ?? value?.booleanValue ?? value?.stringListValue;
  return Buffer.byteLength(`${JSON.stringify(key)}:${JSON.stringify(plain)},`);
}

import type { KnowledgeBaseDocument } from '@aws-sdk/client-bedrock-agent';
import type { BusinessDocument } from '../../core/contract/document.ts';
import { accessList, type Users } from './access-list.ts';
import { fitMetadata, type FittedMetadata, type MetadataBudget } from './metadata.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_TextContentDoc.html */
const maxTextBytes = 5_242_880;

export interface RequestDocument {
  readonly wire: KnowledgeBaseDocument;
  readonly leftOut: FittedMetadata['leftOut'];
  readonly refused?: string;
}

/** Raised when the same document would be sent in another form: part of the destination's profile. */
export const formVersion = 1;

/** The title as a heading, the body below. */
export function documentText({ title, body }: BusinessDocument): string {
  const heading = `# ${title}\n`;
  return (`${body}\n`.startsWith(heading) ? body : `${heading}\n${body}`).toWellFormed();
}

/** English text has about four characters a token; what neighbouring chunks share is embedded twice and not counted. */
export const tokensOf = (document: BusinessDocument): number => Math.ceil(documentText(document).length / 4);

/** The document as IngestKnowledgeBaseDocuments takes it: the title as a heading, the body below, metadata inline. With `users`, an access list too. */
export function requestDocument(
  document: BusinessDocument,
  budget: MetadataBudget,
  users?: Users,
): RequestDocument {
  const text = documentText(document);
  const textBytes = Buffer.byteLength(text);
  const { attributes, leftOut, refused } = fitMetadata(document, budget);
  const list = users === undefined ? [] : accessList(document.access, users);
  const reason =
    textBytes > maxTextBytes
      ? `the text has ${textBytes} bytes, Bedrock takes ${maxTextBytes}; split the kind or limit its parts`
      : typeof list === 'string'
        ? list
        : refused;
  return {
    leftOut,
    ...(reason === undefined ? {} : { refused: reason }),
    wire: {
      content: {
        dataSourceType: 'CUSTOM',
        custom: {
          customDocumentIdentifier: { id: document.id },
          sourceType: 'IN_LINE',
          inlineContent: { type: 'TEXT', textContent: { data: text } },
        },
      },
      metadata: {
        type: 'IN_LINE_ATTRIBUTE',
        inlineAttributes: [...attributes],
        ...(typeof list === 'string' || list.length === 0 ? {} : { accessControlList: [...list] }),
      },
    },
  };
}

/** Its share of the request, the comma included. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value)) + 1;

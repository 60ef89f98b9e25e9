import type { MetadataAttribute } from '@aws-sdk/client-bedrock-agent';
import type { BusinessDocument } from '../../../core/contract/document.ts';
import { fitMetadata, type FittedMetadata, type MetadataBudget } from '../metadata.ts';
import { documentText } from '../request-document.ts';

/** https://docs.aws.amazon.com/general/latest/gr/bedrock.html : 50 MB for a file of an ingestion job. */
export const maxFileBytes = 50_000_000;
/** https://docs.aws.amazon.com/bedrock/latest/userguide/s3-data-source-connector.html : 10 KB. */
const maxMetadataBytes = 10_000;

/** A document as two objects: its text, and a metadata file beside it. */
export interface ObjectDocument {
  readonly text: string;
  readonly metadata: string;
  readonly bytes: number;
  readonly leftOut: FittedMetadata['leftOut'];
  readonly refused?: string;
}

/** The same text and the same attributes as on the direct road: an agent filters and reads both alike. */
export function objectDocument(document: BusinessDocument, budget: MetadataBudget): ObjectDocument {
  const { attributes, leftOut, refused } = fitMetadata(document, budget);
  const text = documentText(document);
  const metadata = metadataFile(attributes);
  const textBytes = Buffer.byteLength(text);
  const metadataBytes = Buffer.byteLength(metadata);
  const reason =
    refused ??
    (textBytes > maxFileBytes
      ? `the text has ${textBytes} bytes, Bedrock takes files of ${maxFileBytes}; split the kind or limit its parts`
      : metadataBytes > maxMetadataBytes
        ? `its metadata file has ${metadataBytes} bytes, Bedrock takes ${maxMetadataBytes}; lower metadataBytes`
        : undefined);
  return {
    text,
    metadata,
    bytes: textBytes + metadataBytes,
    leftOut,
    ...(reason === undefined ? {} : { refused: reason }),
  };
}

/** The form that names types. https://docs.aws.amazon.com/bedrock/latest/userguide/kb-metadata.html */
const metadataFile = (attributes: readonly MetadataAttribute[]): string =>
  JSON.stringify({
    metadataAttributes: Object.fromEntries(
      attributes.map(({ key, value }) => [key, { value, includeForEmbedding: false }]),
    ),
  });

import { invalid } from '../replies.ts';
import { isFields, list, oneOf, text, type Fields } from '../validation.ts';

/** The locations of a Get or Delete request to an S3 data source. */
export function s3Identifiers(body: Fields, max: number): readonly string[] {
  return list(body['documentIdentifiers'], 'documentIdentifiers', 1, max).map((entry, index) => {
    const at = `documentIdentifiers.${index + 1}.member`;
    if (!isFields(entry)) throw invalid(`${at} must not be null`);
    if (oneOf(entry['dataSourceType'], `${at}.dataSourceType`, ['CUSTOM', 'S3']) !== 'S3')
      throw invalid('The document identifier type does not match the type of the data source.');
    return uriOf(entry['s3'], `${at}.s3`);
  });
}

/** The documents of an Ingest request into an S3 data source: content and metadata can only be named, not sent. */
export function s3Locations(body: Fields, max: number): readonly string[] {
  const uris = list(body['documents'], 'documents', 1, max).map((entry, index) => {
    const at = `documents.${index + 1}.member`;
    const content = isFields(entry) ? entry['content'] : undefined;
    if (!isFields(entry) || !isFields(content)) throw invalid(`${at}.content must not be null`);
    if (oneOf(content['dataSourceType'], `${at}.content.dataSourceType`, ['CUSTOM', 'S3']) !== 'S3')
      throw invalid(
        'You can only upload content and metadata from S3 if your knowledge base is connected to an S3 data source',
      );
    const s3 = isFields(content['s3']) ? content['s3'] : {};
    const metadata = entry['metadata'];
    if (metadata !== undefined) {
      if (!isFields(metadata)) throw invalid(`${at}.metadata must be an object`);
      if (
        oneOf(metadata['type'], `${at}.metadata.type`, ['IN_LINE_ATTRIBUTE', 'S3_LOCATION']) !== 'S3_LOCATION'
      )
        throw invalid('The metadata of a document of an S3 data source must be in S3.');
      uriOf(metadata['s3Location'], `${at}.metadata.s3Location`);
    }
    return uriOf(s3['s3Location'], `${at}.content.s3.s3Location`);
  });
  if (new Set(uris).size !== uris.length)
    throw invalid('The request contains duplicate document identifiers.');
  return uris;
}

const uriOf = (value: unknown, at: string): string =>
  text(isFields(value) ? value['uri'] : undefined, `${at}.uri`, 1, 2048, /^s3:\/\/.{1,2048}$/);

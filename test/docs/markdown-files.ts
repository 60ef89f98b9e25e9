import { dirname, join, normalize } from 'node:path';
import { readFileSync } from 'node:fs';
import { root, textFiles, type SourceFile } from '../house/source-files.ts';

export const markdownFiles = (): SourceFile[] => textFiles().filter(({ path }) => path.endsWith('.md'));

export const readDocument = (path: string): string => readFileSync(join(root, path), 'utf8');

export interface Link {
  readonly from: string;
  /** In the repository; '' for the document itself. */
  readonly target: string;
  readonly anchor: string;
}

/** Links to files of the repository, outside code. */
export function linksOf({ path, text }: SourceFile): Link[] {
  const prose = text.replace(/```[^]*?```/g, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(
    ([, target = '', anchor = '']) => ({
      from: path,
      target: target === '' ? path : normalize(join(dirname(path), target)),
      anchor,
    }),
  );
}

/** The anchors that GitHub gives to the headings of a document. */
export const anchorsOf = (text: string): Set<string> =>
  new Set(
    [...text.replace(/```[^]*?```/g, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[`*]/g, '')
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

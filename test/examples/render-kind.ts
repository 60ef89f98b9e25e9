import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { configSchema } from '../../core/config/schema.ts';
import { compileTemplate, type View } from '../../core/documents/templates.ts';
import { tidyLines } from '../../core/documents/markdown.ts';
import type { TemplateNode } from '../../core/documents/template-fields.ts';

/** A configuration as it stands in its file, without looking up its references. */
export const readConfig = (path: string) => configSchema.parse(parse(readFileSync(path, 'utf8')));
type Settings = ReturnType<typeof readConfig>;

/** The parts of a kind as its templates see them. */
export function templateNode(settings: Settings, kind: string): TemplateNode {
  const nodeOf = (
    path: string,
    part: { from: string; one?: boolean; with?: object | undefined },
  ): TemplateNode => {
    const [source = '', stream = ''] = splitStream(part.from);
    const fields = settings.sources[source]?.streams[stream]?.fields;
    if (!fields) throw new Error(`${part.from} is not configured`);
    const children = Object.entries((part.with ?? {}) as Record<string, { from: string }>).map(
      ([name, child]) => [name, nodeOf(path ? `${path}.${name}` : name, child)] as const,
    );
    return {
      path,
      stream: part.from,
      one: part.one ?? false,
      fields: new Set(fields),
      children: new Map(children),
    };
  };
  const root = settings.kinds[kind];
  if (!root) throw new Error(`no kind ${kind}`);
  return nodeOf('', root);
}

export function renderTemplate(text: string, node: TemplateNode, view: View): string {
  const compiled = compileTemplate(text, node);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return tidyLines(compiled.template.render(view));
}

const splitStream = (from: string): [string, string] => {
  const dot = from.indexOf('.');
  return [from.slice(0, dot), from.slice(dot + 1)];
};

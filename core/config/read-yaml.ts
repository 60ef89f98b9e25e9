import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar } from 'yaml';
import type { ErrorCode, Node, Pair, YAMLParseError, YAMLWarning } from 'yaml';
import { formatPath } from './path.ts';
import type { Path } from './path.ts';
import type { Location, Mark, Problems } from './problems.ts';

type SyntaxComplaint = YAMLParseError | YAMLWarning;

const maxDepth = 64;
const maxNodes = 100_000;

/** Said in our own words: the parser's messages may quote the file, and with it a secret. */
const syntax: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'an alias needs a name: *name',
  BAD_DQ_ESCAPE: 'unknown escape in a double-quoted text; use single quotes where \\ stands for itself',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'a text that begins with this character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second `key:` on one line; a text that contains `: ` needs quotes',
  BLOCK_IN_FLOW: 'an indented block cannot stand inside [ ] or { }',
  DUPLICATE_KEY: 'this key stands twice in its section',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a quote, bracket, comma, colon or space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; a closing quote or a `:` may be missing',
  MULTIPLE_DOCS: 'only one document may stand in the file; remove the second `---`',
  NON_STRING_KEY: 'a key must be text',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
  TAG_RESOLVE_FAILED: 'tags (!name) are not supported',
  UNEXPECTED_TOKEN: 'this does not belong here; a closing quote or bracket, or the indentation, may be wrong',
};
const needsQuotes = 'put quotes around a text that begins with { or [';

/** Reads YAML into plain values and marks where everything stands. Undefined when it cannot be read at all. */
export function readYaml(text: string, file: string, problems: Problems): unknown {
  const lines = new LineCounter();
  const source = text.replace(/^\uFEFF/, '');
  const place = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parse(source, lines);
  if (document === undefined) {
    problems.at({ file, line: 1, column: 1 }, '', 'malformed YAML: nested too deeply');
    return undefined;
  }
  for (const { code, pos } of worthTelling([...document.errors, ...document.warnings])) {
    const location = place(pos[0]);
    const hasReference = source.split('\n')[location.line - 1]?.includes('${') === true;
    const hint = hasReference ? 'inside { } and [ ], ${NAME} needs quotes: "${NAME}"' : undefined;
    problems.at(location, '', `malformed YAML: ${syntax[code] ?? 'this cannot be read here'}`, hint);
  }
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return undefined;

  let nodes = 0;
  let isRefused = false;
  const refuse = (path: Path) => {
    if (!isRefused)
      problems.atKey(path.slice(0, 3), 'nested too deeply, or too large', 'look at its aliases');
    isRefused = true;
    return null;
  };

  const targets = new Map<Node, Node | undefined>();
  const follow = (node: Node | null): Node | null | undefined => {
    if (!isAlias(node)) return node;
    if (!targets.has(node)) targets.set(node, node.resolve(document));
    return targets.get(node);
  };

  const convert = (node: Node | null, path: Path, key: Location | undefined): unknown => {
    const target = follow(node);
    const name = formatPath(path);
    const start = node?.range?.[0];
    const isSingle = !isMap(target) && !isSeq(target);
    const value = isSingle && start !== undefined ? place(start) : undefined;
    if (path.length > 0) problems.marks.set(name, mark(key, value, isScalar(target) ? target : undefined));
    nodes++;
    if (nodes > maxNodes || path.length > maxDepth || isRefused) return refuse(path);
    if (isAlias(node) && target === undefined) {
      problems.atValue(path, 'an alias (*name) needs an anchor (&name) before it');
      return null;
    }
    if (isMap(target)) return section(target.items as Pair<Node, Node | null>[], path);
    if (isSeq(target)) {
      return target.items.map((item, index) => {
        const at = (item as Node | null)?.range?.[0];
        return convert(item as Node | null, [...path, index], at === undefined ? key : place(at));
      });
    }
    if (!isScalar(target)) return null;
    const scalar: unknown = target.value;
    if (scalar === null || ['string', 'number', 'boolean'].includes(typeof scalar)) return scalar;
    problems.atValue(path, 'only text, numbers, true and false are supported', 'put quotes around it');
    return null;
  };

  const section = (pairs: readonly Pair<Node, Node | null>[], path: Path) => {
    const result: Record<string, unknown> = {};
    for (const pair of pairs) {
      const keyNode = follow(pair.key);
      const at = place(pair.key?.range?.[0] ?? 0);
      if (!isScalar(keyNode) || keyNode.value === null || keyNode.value === '') {
        problems.at(at, formatPath(path), 'a key must be text', needsQuotes);
        continue;
      }
      const key =
        typeof keyNode.value === 'string' ? keyNode.value : (keyNode.source ?? String(keyNode.value));
      if (key === '__proto__' || key === '<<') {
        problems.at(at, formatPath(path), `the key ${key} is not supported`);
        continue;
      }
      if (!Object.hasOwn(result, key)) result[key] = convert(pair.value, [...path, key], at);
    }
    return result;
  };

  const mark = (key: Location | undefined, value: Location | undefined, scalar: Scalar | undefined): Mark => {
    if (scalar?.range === undefined || scalar.range === null || value === undefined) return { key, value };
    const [from, to] = scalar.range;
    const written = source.slice(from, to);
    if (scalar.type === Scalar.BLOCK_LITERAL) {
      const indent = /\n[ \t\r\n]*?( *)[^\s]/.exec(written)?.[1]?.length ?? 0;
      const inside: Mark['inside'] = ({ line, column }) => ({
        file,
        line: value.line + line,
        column: indent + column,
      });
      return { key, value, inside };
    }
    if (written.includes('\n')) return { key, value };
    const quote = scalar.type === Scalar.PLAIN ? 0 : 1;
    return { key, value, inside: ({ column }) => ({ ...value, column: value.column + quote + column - 1 }) };
  };

  return convert(document.contents as Node | null, [], undefined);
}

/** After a mistake in the syntax the parser is out of step, and complains of what is right. */
function worthTelling(errors: readonly SyntaxComplaint[]): readonly SyntaxComplaint[] {
  const isSound = ({ code }: SyntaxComplaint) => code === 'DUPLICATE_KEY' || code === 'TAG_RESOLVE_FAILED';
  const first = errors.find((error) => !isSound(error) && error.code !== 'RESOURCE_EXHAUSTION');
  const exhausted = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  const cause = exhausted ?? first;
  return cause === undefined ? errors : [...errors.filter(({ code }) => code === 'DUPLICATE_KEY'), cause];
}

/** Undefined when the nesting exhausts the stack. */
function parse(source: string, lineCounter: LineCounter) {
  try {
    return parseDocument(source, {
      lineCounter,
      prettyErrors: false,
      logLevel: 'error',
      schema: 'core',
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

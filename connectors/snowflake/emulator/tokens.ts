import { syntaxError } from './sql-error.ts';

export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'end';
  /** Words are folded to upper case, as Snowflake folds unquoted identifiers. */
  readonly text: string;
  readonly position: number;
}

const PATTERN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|([A-Za-z_][\w$]*)|"((?:[^"]|"")*)"|'((?:[^'\\]|''|\\.)*)'|(\d+(?:\.\d+)?|\.\d+)|(=>|::|\|\||<=|>=|<>|!=|[?(),.*=<>+;:/%[\]-])/gy;

/** Splits a statement into tokens; anything else is a syntax error. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  PATTERN.lastIndex = 0;
  let position = 0;
  while (position < sql.length) {
    PATTERN.lastIndex = position;
    const match = PATTERN.exec(sql);
    if (!match) throw syntaxError(position, sql[position]!);
    const [whole, word, quoted, text, number, symbol] = match;
    if (word !== undefined) tokens.push({ kind: 'word', text: word.toUpperCase(), position });
    else if (quoted !== undefined)
      tokens.push({ kind: 'quoted', text: quoted.replaceAll('""', '"'), position });
    else if (text !== undefined) tokens.push({ kind: 'string', text: unescape(text), position });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, position });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, position });
    position += whole.length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', position });
  return tokens;
}

/** Snowflake reads a backslash in a string literal as an escape. */
const unescape = (text: string): string =>
  text.replace(/''|\\(.)/gs, (whole, escaped: string | undefined) =>
    whole === "''" ? "'" : escaped === 'n' ? '\n' : escaped === 't' ? '\t' : (escaped ?? ''),
  );

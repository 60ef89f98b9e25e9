import { syntaxError } from './sql-error.ts';
import { tokenize, type Token } from './tokens.ts';

/** Walks the tokens of a statement; every `need` that fails is a syntax error at its place. */
export interface TokenReader {
  peek(ahead?: number): Token;
  take(): Token;
  fail(): never;
  isWord(...words: string[]): boolean;
  isSymbol(...symbols: string[]): boolean;
  /** Takes the words if they stand next, in this order. */
  words(...words: string[]): boolean;
  symbol(text: string): boolean;
  need(accepted: boolean): void;
  identifier(): string;
  path(): string[];
  list<T>(one: () => T): T[];
  number(): number;
  text(): string;
  /** The statement's text between two positions. */
  between(from: number, to: number): string;
  nextBind(): number;
}

export function createTokenReader(sql: string): TokenReader {
  const tokens = tokenize(sql);
  let at = 0;
  let binds = 0;
  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)]!;
  const take = (): Token => tokens[at++]!;
  const fail = (): never => {
    throw syntaxError(peek().position, peek().text);
  };
  const isSymbol = (...symbols: string[]): boolean =>
    peek().kind === 'symbol' && symbols.includes(peek().text);
  const symbol = (text: string): boolean => (isSymbol(text) ? (at++, true) : false);
  const identifier = (): string =>
    peek().kind === 'word' || peek().kind === 'quoted' ? take().text : fail();
  return {
    peek,
    take,
    fail,
    isSymbol,
    symbol,
    identifier,
    isWord: (...words) => peek().kind === 'word' && words.includes(peek().text),
    words(...words) {
      if (!words.every((word, ahead) => peek(ahead).kind === 'word' && peek(ahead).text === word))
        return false;
      at += words.length;
      return true;
    },
    need: (accepted) => void (accepted || fail()),
    path() {
      const names = [identifier()];
      while (symbol('.')) names.push(identifier());
      return names;
    },
    list(one) {
      const all = [one()];
      while (symbol(',')) all.push(one());
      return all;
    },
    number: () => (peek().kind === 'number' ? Number(take().text) : fail()),
    text: () => (peek().kind === 'string' ? take().text : fail()),
    between: (from, to) => sql.slice(from, to).trim(),
    nextBind: () => ++binds,
  };
}

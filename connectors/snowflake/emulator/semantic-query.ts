import { createExpressionParser } from './parse-expression.ts';
import type { Session } from './scope.ts';
import { SqlError, unknownObject, unsupported } from './sql-error.ts';
import type { Core, Expression, From, Query } from './syntax.ts';
import { createTokenReader } from './token-reader.ts';

/** The query that a semantic view stands for, where all that is wanted belongs to one of its tables. */
export function semanticQuery(
  from: From & { from: 'semantic view' },
  { store, environment }: Session,
): Query {
  const [database, schema] = [
    from.path.at(-3) ?? environment.database,
    from.path.at(-2) ?? environment.schema,
  ];
  const view = store.semanticViews.find(
    (one) => one.database === database && one.schema === schema && one.name === from.path.at(-1),
  );
  if (!view) throw unknownObject('Semantic view', from.path.join('.'));
  const parts = from.wanted.map(({ kind, path, name }) => {
    const part = view.parts.find(
      (one) =>
        one.kind === kind && one.name === path.at(-1) && (path.length < 2 || one.table === path.at(-2)),
    );
    if (!part)
      throw new SqlError(
        '000904',
        '42000',
        `SQL compilation error: error line 1 at position 0\ninvalid identifier '${path.join('.')}'`,
      );
    return { part, name, expression: parseExpression(part.expression ?? part.name) };
  });
  const tables = new Set(parts.map(({ part }) => part.table));
  if (tables.size !== 1) throw unsupported('a semantic view over several tables');
  const core: Core = {
    distinct: parts.every(({ part }) => part.kind === 'DIMENSION'),
    items: parts.map(({ expression, name }) => ({ item: 'expression', expression, name })),
    from: { from: 'table', path: [view.database, view.schema, [...tables][0]!], alias: undefined },
    where: undefined,
    groupBy: parts
      .filter(({ part }) => part.kind === 'DIMENSION' && parts.some((one) => one.part.kind === 'METRIC'))
      .map(({ expression }) => expression),
    having: undefined,
    qualify: undefined,
  };
  return { with: [], cores: [core], unions: [], orderBy: [], limit: undefined, offset: undefined };
}

function parseExpression(text: string): Expression {
  const reader = createTokenReader(text);
  const { expression } = createExpressionParser(reader, () => {
    throw unsupported('a query inside a semantic view');
  });
  return expression();
}

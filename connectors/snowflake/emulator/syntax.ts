import type { SqlType } from './sql-types.ts';

export interface Order {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}
export interface Window {
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly Order[];
}

export type Expression =
  | {
      readonly node: 'literal';
      readonly kind: 'text' | 'number' | 'boolean' | 'null';
      readonly value: string;
    }
  | { readonly node: 'bind'; readonly index: number }
  /** `path` is what stands before the name: alias, or database, schema and table. */
  | { readonly node: 'column'; readonly path: readonly string[]; readonly name: string }
  | {
      readonly node: 'call';
      readonly name: string;
      readonly arguments: readonly Expression[];
      readonly distinct: boolean;
      readonly star: boolean;
      readonly within?: readonly Order[];
      readonly over?: Window;
    }
  | { readonly node: 'cast'; readonly value: Expression; readonly type: SqlType }
  | {
      readonly node: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly node: 'not'; readonly value: Expression }
  | { readonly node: 'negate'; readonly value: Expression }
  | { readonly node: 'is-null'; readonly value: Expression; readonly negated: boolean }
  | {
      readonly node: 'in';
      readonly value: Expression;
      readonly list: readonly Expression[] | Query;
      readonly negated: boolean;
    }
  | {
      readonly node: 'like';
      readonly value: Expression;
      readonly pattern: Expression;
      readonly ignoreCase: boolean;
      readonly negated: boolean;
    }
  | {
      readonly node: 'case';
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly otherwise: Expression | undefined;
    }
  | { readonly node: 'exists'; readonly query: Query }
  | { readonly node: 'subquery'; readonly query: Query }
  | { readonly node: 'path'; readonly value: Expression; readonly steps: readonly (string | number)[] };

export type From =
  | {
      readonly from: 'table';
      readonly path: readonly string[];
      readonly alias: string | undefined;
      readonly at?: Expression;
      /** CHANGES(INFORMATION => …), between `at` and `end`. */
      readonly changes?: 'DEFAULT' | 'APPEND_ONLY';
      readonly end?: Expression;
    }
  | { readonly from: 'query'; readonly query: Query; readonly alias: string | undefined }
  | {
      readonly from: 'function';
      readonly path: readonly string[];
      readonly arguments: readonly Expression[];
      readonly alias: string | undefined;
    }
  | {
      /** SEMANTIC_VIEW(name METRICS … DIMENSIONS …): what is selected, in its order. */
      readonly from: 'semantic view';
      readonly path: readonly string[];
      readonly wanted: readonly {
        readonly kind: 'METRIC' | 'DIMENSION';
        readonly path: readonly string[];
        readonly name: string;
      }[];
      readonly alias: string | undefined;
    }
  | {
      readonly from: 'join';
      readonly kind: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS';
      readonly left: From;
      readonly right: From;
      readonly on: Expression | undefined;
      readonly using: readonly string[];
    };

export type Item =
  | { readonly item: 'expression'; readonly expression: Expression; readonly name: string }
  | { readonly item: 'star'; readonly of: string | undefined };

export interface Core {
  readonly distinct: boolean;
  readonly items: readonly Item[];
  readonly from: From | undefined;
  readonly where: Expression | undefined;
  readonly groupBy: readonly Expression[];
  readonly having: Expression | undefined;
  readonly qualify: Expression | undefined;
}
export interface Query {
  readonly with: readonly { readonly name: string; readonly query: Query }[];
  readonly cores: readonly Core[];
  /** Between the cores: one less than there are cores. */
  readonly unions: readonly ('UNION' | 'UNION ALL')[];
  readonly orderBy: readonly Order[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
}

export type Statement =
  | { readonly statement: 'select'; readonly query: Query }
  | {
      readonly statement: 'show';
      readonly what: 'PRIMARY KEYS' | 'TABLES' | 'VIEWS' | 'SEMANTIC VIEWS';
      readonly like: string | undefined;
      readonly scope: 'SCHEMA' | 'TABLE';
      readonly path: readonly string[];
    }
  | { readonly statement: 'describe'; readonly path: readonly string[] }
  | {
      readonly statement: 'use';
      readonly what: 'WAREHOUSE' | 'ROLE' | 'SECONDARY ROLES';
      readonly name: string;
    };

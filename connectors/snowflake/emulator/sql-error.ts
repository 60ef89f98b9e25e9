/** A statement that Snowflake would refuse, with the code and SQLSTATE that it answers with. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly code: string;
  readonly sqlState: string;

  constructor(code: string, sqlState: string, message: string) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
  }
}

const compilation = (code: string, sqlState: string, detail: string): SqlError =>
  new SqlError(code, sqlState, `SQL compilation error:\n${detail}`);

export const syntaxError = (position: number, near: string): SqlError =>
  compilation('001003', '42000', `syntax error line 1 at position ${position} unexpected '${near}'.`);

/** A shape that this emulator does not speak: refused rather than guessed. */
export const unsupported = (what: string): SqlError =>
  compilation('000002', '0A000', `Unsupported feature '${what}'.`);

export const unknownObject = (kind: string, name: string): SqlError =>
  compilation('002003', '42S02', `${kind} '${name}' does not exist or not authorized.`);

export const invalidIdentifier = (name: string): SqlError =>
  compilation('000904', '42000', `error line 1 at position 0\ninvalid identifier '${name}'`);

export const ambiguous = (name: string): SqlError =>
  compilation('001052', '42702', `error line 1 at position 0\nambiguous column name '${name}'`);

export const notGrouped = (name: string): SqlError =>
  compilation('000979', '42601', `error line 1 at position 0\n'${name}' is not a valid group by expression`);

export const divisionByZero = (): SqlError => new SqlError('100051', '22012', 'Division by zero');

export const invalidArguments = (name: string, types: readonly string[]): SqlError =>
  compilation(
    '001044',
    '42P13',
    `error line 1 at position 0\nInvalid argument types for function '${name}': (${types.join(', ')})`,
  );

export const notRecognized = (type: string, value: string): SqlError =>
  new SqlError(
    { Numeric: '100038', Boolean: '100037' }[type] ?? '100035',
    type === 'Timestamp' ? '22007' : '22018',
    `${type} value '${value}' is not recognized`,
  );

export const noWarehouse = (): SqlError =>
  new SqlError(
    '000606',
    '57P03',
    "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.\n",
  );

export const noHistory = (table: string): SqlError =>
  new SqlError(
    '000707',
    '02000',
    `Time travel data is not available for table ${table}. The requested time is either beyond the allowed time travel period or before the object creation time.`,
  );

export const noChangeTracking = (table: string): SqlError =>
  compilation(
    '091930',
    '55000',
    `Change tracking is not enabled or has been missing for the time range requested on table '${table}'.`,
  );

export const cancelled = (): SqlError => new SqlError('000604', '57014', 'SQL execution canceled');

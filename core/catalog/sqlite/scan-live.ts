import type { Database, Row } from './database.ts';

/** Records of one step, whatever becomes of them: well under 50 ms. */
const stepRecords = 2000;

/** A stream's live records stored before `asOf`, in key order and steps: key, and what `select` says of record `r`. */
export function* scanLive(
  database: Database,
  stream: number,
  options: { readonly asOf: string; readonly select: string; readonly withQuarantined: boolean },
): Generator<Row[]> {
  const readable = options.withQuarantined
    ? ''
    : ' AND NOT EXISTS (SELECT 1 FROM record_quarantine q WHERE q.stream=r.stream AND q.key=r.key)';
  for (let after = ''; ;) {
    const rows = database.all(
      `SELECT r.key,${options.select},r.hash IS NOT NULL AND r.as_of<?${readable} FROM record r WHERE r.stream=? AND r.key>? ORDER BY r.key LIMIT ${stepRecords}`,
      options.asOf,
      stream,
      after,
    );
    yield rows.filter((row) => row[2] === 1);
    if (rows.length < stepRecords) return;
    after = rows.at(-1)![0] as string;
  }
}

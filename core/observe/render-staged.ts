import { formatCount, formatMany } from './format.ts';
import type { StagedDeletes } from './report.ts';

const why: Readonly<Record<StagedDeletes['cause'], string>> = {
  source: 'their records are gone',
  condition: "their records no longer meet the kind's condition",
  configuration: 'no pipeline brings them there any more',
  identity: 'nothing makes documents with these ids any more',
};

/** What the guard holds back on one destination, and what a person does about it. `staged`: all of it, also of records that look gone. */
export function renderStaged(
  staged: number,
  groups: readonly StagedDeletes[],
  /** What carries out deletes that the configuration asks for. */
  how = 'tributary plan -o <file> shows them and tributary apply <file> carries them out',
): { readonly what: string; readonly remedy: string; readonly ids: readonly string[] }[] {
  const total = groups.reduce((sum, one) => sum + one.count, 0);
  const lines = groups.map((one) => {
    const kind = one.kind === undefined ? '' : ` of ${one.kind}`;
    const what = `${formatMany(one.count, 'delete')}${kind} held back by the delete guard: ${why[one.cause]} (${formatCount(one.of)} held)`;
    const remedy =
      one.cause === 'source'
        ? `Look at the source; tributary sync ${one.stream === undefined ? `--allow-deletes ${total}` : `--accept-deletes ${one.stream}`} lets them pass.`
        : `${how}; or tributary sync --allow-deletes ${total}.`;
    return { what, remedy, ids: one.ids };
  });
  const absent = staged - total;
  if (absent <= 0) return lines;
  const what = `${formatMany(absent, 'delete')} held back by the delete guard: their records look gone`;
  const remedy =
    'Look at the source: a lost permission looks the same; tributary sync --accept-deletes <stream> lets them pass.';
  return [{ what, remedy, ids: [] }, ...lines];
}

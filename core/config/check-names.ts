import { Cron } from 'croner';
import { checkKind } from './check-kind.ts';
import type { Streams } from './check-kind.ts';
import { formatPath, isSection, valueAt } from './path.ts';
import type { Path } from './path.ts';
import type { Problems } from './problems.ts';
import type { Resolved } from './references.ts';
import { nearest, suggestion } from './suggest.ts';

/**
 * Checks that what the parts of a configuration say of each other holds: every name is declared, every field is in
 * its stream's allow-list, every schedule comes. Looks at the file as it is written, so that a mistake elsewhere hides
 * nothing; what has the wrong type is left to the schema.
 */
export function checkNames(resolved: Resolved, problems: Problems): void {
  const check = createNameCheck(resolved, problems);
  const root = resolved.value;
  const streams = streamsOf(root, problems);
  for (const [name, kind] of sections(root, ['kinds'])) checkKind(kind, ['kinds', name], streams, check);
  for (const [name, pipeline] of sections(root, ['pipelines'])) {
    const path = ['pipelines', name];
    checkList(pipeline, path, 'kinds', 'kind', root, check, problems);
    checkList(pipeline, path, 'destinations', 'destination', root, check, problems);
    if (isSection(pipeline['schedule'])) checkSchedule(pipeline['schedule'], [...path, 'schedule'], check);
  }
}

/** Reports problems with values, showing a value from outside the file by its reference. */
export interface NameCheck {
  readonly problems: Problems;
  /** `what "value"`, or nothing to say when the value's reference leads nowhere. */
  report(path: Path, value: string, message: (shown: string) => string, hint?: string): void;
}

function createNameCheck({ origins, unresolved }: Resolved, problems: Problems): NameCheck {
  return {
    problems,
    report: (path, value, message, hint) => {
      const key = formatPath(path);
      if (!unresolved.has(key)) problems.atValue(path, message(origins.get(key)?.shown ?? value), hint);
    },
  };
}

const sections = (root: unknown, path: Path): readonly (readonly [string, Record<string, unknown>])[] => {
  const holder = valueAt(root, path);
  return !isSection(holder)
    ? []
    : Object.entries(holder).flatMap(([key, item]) => (isSection(item) ? [[key, item] as const] : []));
};

function streamsOf(root: unknown, problems: Problems): Streams {
  const streams = new Map<string, ReadonlySet<string> | undefined>();
  for (const [source] of sections(root, ['sources'])) {
    for (const [stream, { fields }] of sections(root, ['sources', source, 'streams'])) {
      const id = `${source}.${stream}`;
      if (!Array.isArray(fields) || !fields.every((field) => typeof field === 'string')) {
        streams.set(id, undefined);
        continue;
      }
      const known = new Set<string>();
      for (const [index, field] of fields.entries()) {
        const path = ['sources', source, 'streams', stream, 'fields', index];
        if (known.has(field)) problems.atValue(path, 'this field stands twice in the list');
        known.add(field);
      }
      streams.set(id, known);
    }
  }
  return streams;
}

function checkList(
  pipeline: Record<string, unknown>,
  path: Path,
  key: 'kinds' | 'destinations',
  what: string,
  root: unknown,
  check: NameCheck,
  problems: Problems,
): void {
  const list = pipeline[key];
  const declared = valueAt(root, [key]);
  if (!Array.isArray(list) || !isSection(declared)) return;
  for (const [index, name] of list.entries()) {
    if (typeof name !== 'string') continue;
    const at = [...path, key, index];
    if (list.indexOf(name) < index) problems.atValue(at, `this ${what} stands twice in the list`);
    if (Object.hasOwn(declared, name)) continue;
    check.report(
      at,
      name,
      (shown) => `there is no ${what} ${shown}`,
      suggestion(name, Object.keys(declared)),
    );
  }
}

function checkSchedule(schedule: Record<string, unknown>, path: Path, check: NameCheck): void {
  const { cron, timeZone } = schedule;
  if (typeof cron === 'string') {
    const reason = cronProblem(cron);
    const hint = 'write minute hour day month weekday: 0 6 * * 1-5';
    if (reason !== undefined) check.report([...path, 'cron'], cron, () => reason, hint);
  }
  if (typeof timeZone === 'string' && !isTimeZone(timeZone)) {
    const near = nearest(timeZone, Intl.supportedValuesOf('timeZone'));
    const hint = near === undefined ? 'write an IANA name: Europe/Berlin' : `did you mean ${near}?`;
    check.report([...path, 'timeZone'], timeZone, (shown) => `unknown time zone ${shown}`, hint);
  }
}

function cronProblem(pattern: string): string | undefined {
  if (!/^@\w+$|\S\s+\S/.test(pattern.trim())) return 'is not a cron expression';
  try {
    const next = new Cron(pattern, { paused: true, timezone: 'UTC' }).nextRun();
    return next === null ? 'this time never comes' : undefined;
  } catch {
    return 'is not a cron expression';
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

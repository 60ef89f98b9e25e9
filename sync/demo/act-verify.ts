import { formatMany } from '../../core/observe/format.ts';
import type { Palette } from '../../core/observe/palette.ts';
import { isVerified, type VerifiedDestination, type VerifyReport } from '../verify.ts';
import { renderVerified } from '../commands/verify.ts';
import { both, holdingsByDestination } from './act-sync.ts';
import { expect, type Stage } from './stage.ts';

/** Compares what the services list with the catalog, and the services with each other. */
export async function playVerify(stage: Stage): Promise<VerifyReport> {
  const { tributary, screen } = stage;
  screen.act('Both planes hold the same', 'tributary verify');
  const report = await tributary.verify();
  const verified = isVerified(report);
  if (verified) for (const one of report.destinations) screen.write(describe(one, screen.palette));
  else screen.write(renderVerified(report, verified, screen.colors));
  screen.write('');
  expect(stage, 'Nothing is missing, different, unexpected or unsettled', verified ? [] : ['see above']);
  const versions = [...holdingsByDestination(stage)].map(([name, holdings]) => ({
    name,
    versions: new Map([...holdings.values()].map((one) => [one.id, one.version])),
  }));
  const [first, ...others] = versions;
  const wrong = others.flatMap(({ name, versions: theirs }) => {
    const ids = new Set([...theirs.keys(), ...(first?.versions.keys() ?? [])]);
    const differing = [...ids].filter((id) => theirs.get(id) !== first?.versions.get(id));
    return differing.length > 0
      ? [`${formatMany(differing.length, 'document')} on ${first?.name} and ${name} differ`]
      : [];
  });
  const count = formatMany(first?.versions.size ?? 0, 'document');
  expect(
    stage,
    `Read straight from the emulators, ${both(stage).toLowerCase()} hold the same ${count} in the same versions`,
    [...wrong, ...(report.divergent > 0 ? [`${report.divergent} diverge`] : [])],
  );
  return report;
}

const grades = {
  'seen as': 'in the version that the service itself returns',
  'accepted as': 'in the version that its receipts name (the service returns none)',
  present: 'whatever their version',
} as const;

function describe({ destination, present, expected, grade }: VerifiedDestination, { bold }: Palette): string {
  return `${bold(destination)}: ${present} of ${formatMany(expected, 'document')} present, ${grades[grade]}`;
}

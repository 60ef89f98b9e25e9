import { describe, expect, it } from 'vitest';
import { createPalette } from '../../../core/observe/palette.ts';
import { renderSlots } from '../../../sync/commands/render-slots.ts';
import type { Phase, Procedure } from '../../../sync/slots/procedure.ts';

const shown = (verb: Procedure['verb'], phase: Phase): string =>
  renderSlots(
    { slots: [], procedure: { verb, phase, startedAt: '2026-01-16T09:00:00.000Z', moves: [] }, problems: [] },
    createPalette(false),
  );

describe('the list of slots', () => {
  it('says how a reindex that fills new slots goes on, and how it is given up', () => {
    const text = shown('blue-green', 'fill');
    expect(text).toContain('`tributary reindex --blue-green` goes on from here');
    expect(text).toContain('`tributary slots abandon` gives the new slots up');
  });

  it.each([
    ['rollback', 'cut-over', 'tributary slots rollback'],
    ['rollback', 'undo', 'tributary slots rollback'],
    ['blue-green', 'cut-over', 'tributary reindex --blue-green'],
    ['blue-green', 'undo', 'tributary reindex --blue-green'],
  ] as const)('names what finishes a %s that stands half-way (%s)', (verb, phase, command) => {
    const text = shown(verb, phase);
    expect(text).toContain(`the next \`tributary sync\` finishes it, and so does \`${command}\``);
    expect(text).not.toContain('abandon');
  });

  it('says nothing of a procedure that has ended', () => {
    expect(shown('rollback', 'done')).not.toContain('under way');
  });
});

import { aldermoorFreight } from './aldermoor-freight.ts';
import { larkhavenSchools } from './larkhaven-schools.ts';
import { merrowValeHealth } from './merrow-vale-health.ts';
import { pellucidInsurance } from './pellucid-insurance.ts';
import { quillonEnergy } from './quillon-energy.ts';
import { sundgauPrecision } from './sundgau-precision.ts';
import type { Story } from './story.ts';

/** The first accounts of every demo company, whatever its scale. */
export const stories: readonly Story[] = [
  aldermoorFreight,
  merrowValeHealth,
  quillonEnergy,
  sundgauPrecision,
  pellucidInsurance,
  larkhavenSchools,
];

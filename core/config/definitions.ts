import { z } from 'zod';

/** A stream that every source has: one record for each of its configured streams, saying what its words mean. */
export const definitionsStream = 'definitions';

/** `fields` is a Markdown list of the allow-listed fields: label, API name, type, help text, picklist values. */
export const definitionFields = ['name', 'label', 'comment', 'fields', 'count'] as const;

/** It has no settings of a connector's. */
export const definitionsOptions = z.strictObject({});
export const definitionsAllowList = z.object({ fields: z.array(z.enum(definitionFields)) });

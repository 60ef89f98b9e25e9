import { z } from 'zod';
import { duration } from './fields.ts';

const name = () =>
  z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'must be lower case: letters, digits, - and _, starting with a letter');
const partName = () =>
  z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'must be letters, digits and _, starting with a letter');
const streamId = () => z.string().regex(/^[^.]+\..+$/, 'must be <source>.<stream>');
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const bound = z.union([z.string(), z.number()]);

/** Conditions on the fields of one record; all of them must hold. A list means any of its values. */
export const conditionSchema = z.record(
  z.string(),
  z.union([
    scalar,
    z.array(scalar),
    z.strictObject({
      not: z.union([scalar, z.array(scalar)]).optional(),
      gt: bound.optional(),
      gte: bound.optional(),
      lt: bound.optional(),
      lte: bound.optional(),
      exists: z.boolean().optional(),
    }),
  ]),
);

/** Who may read: principals (templates over the record's fields), or everyone with a stated reason. */
export const accessSchema = z.union([
  z.strictObject({ everyone: z.string().min(10).describe('why everyone may read this') }),
  z.strictObject({ allow: z.array(z.string().min(1)).min(1), deny: z.array(z.string().min(1)).default([]) }),
]);

export const classifications = ['public', 'internal', 'confidential', 'restricted'] as const;
export const classificationSchema = z.enum(classifications);
export const trustSchema = z.enum(['system', 'internal', 'external']);

export const normaliserNames = ['exact', 'salesforceId', 'lower', 'trim', 'number', 'domain'] as const;

/** One side of a join: a field, and how its value is made comparable. Null joins nothing. */
export const joinSideSchema = z.union([
  z.string(),
  z.strictObject({ field: z.string(), as: z.enum(normaliserNames).default('exact') }),
]);

const partBase = z.strictObject({
  from: streamId(),
  on: z.strictObject({ parent: joinSideSchema, part: joinSideSchema }),
  one: z.boolean().default(false).describe('at most one record: used as an object, not as a list'),
  where: conditionSchema.optional(),
  order: z
    .string()
    .optional()
    .describe('a field of the part, `desc` after it for descending: CloseDate desc'),
  limit: z.int().min(1).max(1000).default(100),
  required: z.boolean().default(true).describe('false: the document does not wait for this stream'),
  wait: duration().optional().describe('with required: false, how long a first load waits for the stream'),
  access: accessSchema.optional(),
  onNarrower: z.enum(['leave-out', 'narrow']).default('leave-out'),
});
const deepestPart = partBase.extend({ with: z.never('parts nest to depth 3 at most').optional() });
/** Records of another stream that belong into the document; parts nest to depth 3. */
export const partSchema = partBase.extend({
  with: z
    .record(partName(), partBase.extend({ with: z.record(partName(), deepestPart).optional() }))
    .optional(),
});

/** One kind of document: which record it is about, which parts it is made of, how it reads. */
export const kindSchema = z.strictObject({
  from: streamId(),
  where: conditionSchema.optional(),
  with: z.record(partName(), partSchema).default({}),
  title: z.string().min(1),
  body: z.string().min(1),
  url: z.string().optional().describe('template; the source gives its own link when absent'),
  metadata: z
    .record(
      z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,79}$/, 'must be lower case: letters, digits and _, starting with a letter'),
      z.union([
        z.string().describe('a field, or part.field of a part with `one: true`'),
        z.strictObject({
          field: z.string(),
          type: z.enum(['string', 'number', 'boolean', 'instant', 'list']).default('string'),
        }),
        z.strictObject({ template: z.string() }),
      ]),
    )
    .default({}),
  access: accessSchema,
  classification: classificationSchema.default('internal'),
  trust: trustSchema.default('internal'),
});

/** What the engine reads of a stream; the rest belongs to the connector. */
export const streamBaseSchema = z.object({
  fields: z.array(z.string().min(1)).min(1).describe('the allow-list: no other field is requested or stored'),
  access: accessSchema.optional(),
  classification: classificationSchema.optional(),
  trust: trustSchema.optional(),
  reconcile: duration()
    .optional()
    .describe('how often every key is listed, to find deletes that reading changes does not show'),
});

export const sourceBaseSchema = z.object({
  type: z.string(),
  streams: z.record(z.string(), streamBaseSchema.loose()),
});

export const destinationBaseSchema = z.object({
  type: z.string(),
  plane: z.enum(['stateful', 'stateless']).describe('a label that policy can name'),
  accepts: classificationSchema
    .default('confidential')
    .describe('the strictest classification that may go there'),
});

export const pipelineSchema = z.strictObject({
  kinds: z.array(z.string()).min(1),
  destinations: z.array(z.string()).min(1),
  schedule: z.strictObject({ cron: z.string(), timeZone: z.string().default('UTC') }).optional(),
});

/** A number of them, or a share of those seen in a run. */
const rejectedLimit = () =>
  z
    .union([
      z.int().min(0),
      z.string().regex(/^(100|\d{1,2}(\.\d+)?)%$/, 'must be a number of them, or a share such as 5%'),
    ])
    .default('50%')
    .transform((limit) =>
      typeof limit === 'number' ? { count: limit } : { share: Number(limit.slice(0, -1)) / 100 },
    );

export const limitsSchema = z.strictObject({
  maxRejected: rejectedLimit().describe(
    'how many unreadable records stop a stream in a run, and how many refused documents a destination: a number, or a share of those seen (20 are always let pass then)',
  ),
  maxRejectedInARow: z
    .int()
    .min(1)
    .default(200)
    .describe('so many in a row, without a good one between them, stop it too, whatever the share is'),
});

export const questionSchema = z.strictObject({
  ask: z.string().trim().min(1).max(1000).describe('A question as an agent would put it.'),
  expect: z
    .string()
    .regex(/^[^/]+\/.+$/, 'is <kind>/<record key>')
    .describe('The document that must be among the first ten answers, as `<kind>/<record key>`.'),
  as: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('The principals of who asks. Absent: somebody who may read what everyone may read.'),
});

export const configSchema = z.strictObject({
  namespace: name().describe('the first part of every document id'),
  catalog: z
    .strictObject({
      path: z.string().default('.tributary/catalog.sqlite'),
      quarantinePayload: z
        .boolean()
        .default(false)
        .describe(
          'keeps what failed with each entry of the quarantine, up to 64 KiB of it. Content of records is then stored there, too: in the catalog, a private file. It goes with its entry, and with the next run once this is off',
        ),
    })
    .prefault({}),
  limits: limitsSchema.prefault({}),
  questions: z
    .array(questionSchema)
    .max(100)
    .default([])
    .describe('Asked of a new slot before agents are led to it (`tributary reindex --blue-green`).'),
  sources: z.record(name(), sourceBaseSchema.loose()),
  destinations: z.record(name(), destinationBaseSchema.loose()),
  kinds: z.record(name(), kindSchema),
  pipelines: z.record(name(), pipelineSchema),
});

export type Condition = z.output<typeof conditionSchema>;
export type AccessRule = z.output<typeof accessSchema>;
export type Classification = (typeof classifications)[number];
export type NormaliserName = (typeof normaliserNames)[number];
export type PartConfig = Omit<z.output<typeof partSchema>, 'with'> & {
  with?: Record<string, PartConfig> | undefined;
};
export type KindConfig = Omit<z.output<typeof kindSchema>, 'with'> & { with: Record<string, PartConfig> };
export type PipelineConfig = z.output<typeof pipelineSchema>;

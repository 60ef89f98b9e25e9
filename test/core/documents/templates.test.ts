import { describe, expect, it } from 'vitest';
import type { TemplateNode } from '../../../core/documents/template-fields.ts';
import { compileTemplate, compileWhole, type View } from '../../../core/documents/templates.ts';

const node = (
  path: string,
  stream: string,
  one: boolean,
  fields: string[],
  children: TemplateNode[] = [],
): TemplateNode => ({
  path,
  stream,
  one,
  fields: new Set(fields),
  children: new Map(children.map((child) => [child.path.split('.').at(-1) ?? '', child])),
});
const account = node(
  '',
  'crm.Account',
  true,
  ['Name', 'Amount', 'number', 'Owner.Name', 'Tags', 'Log', 'log'],
  [
    node('owner', 'crm.User', true, ['Email', 'Name']),
    node(
      'cases',
      'crm.Case',
      false,
      ['Subject', 'Status'],
      [node('cases.comments', 'crm.CaseComment', false, ['Body'])],
    ),
  ],
);

const render = (text: string, view: View): string => {
  const compiled = compileTemplate(text, account);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return compiled.template.render(view);
};
const problems = (text: string) => {
  const compiled = compileTemplate(text, account);
  return 'problems' in compiled ? compiled.problems : [];
};
const fields = (text: string) => {
  const compiled = compileTemplate(text, account);
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return Object.fromEntries([...compiled.template.fields].map(([path, names]) => [path, [...names].sort()]));
};

describe('the fields a template reads', () => {
  it('are found in blocks, outer contexts, helpers and block parameters', () => {
    expect(
      fields(
        '{{Name}}{{#each cases as |case at|}}{{at}}{{case.Subject}}{{md Status}}{{../owner.Email}}' +
          '{{#each comments}}{{this.Body}}{{@index}}{{../../Amount}}{{/each}}{{@root.Tags}}{{/each}}',
      ),
    ).toEqual({
      '': ['Amount', 'Name', 'Tags'],
      owner: ['Email'],
      cases: ['Status', 'Subject'],
      'cases.comments': ['Body'],
    });
  });

  it('are found in conditions, else branches, options and nested helpers', () => {
    expect(
      fields(
        '{{#if (and cases (eq Name "x"))}}{{else if owner.Name}}{{else}}{{number Amount digits=log}}{{/if}}' +
          '{{#with owner}}{{Email}}{{else}}{{Log}}{{/with}}',
      ),
    ).toEqual({ '': ['Amount', 'Log', 'Name', 'log'], owner: ['Email', 'Name'] });
  });

  it('need not be known below a field that holds a structure', () => {
    expect(fields('{{#each Tags}}{{this.label}}{{/each}}{{Tags.length}}')).toEqual({ '': ['Tags'] });
  });
});

describe('a template that cannot be right is refused before anything runs', () => {
  it.each([
    ['line one\n  {{Nmae}}', 'unknown field Nmae of crm.Account', 'did you mean Name?', 2, 5],
    [
      '{{#each cases}}{{Subjct}}{{/each}}',
      'unknown field Subjct of crm.Case',
      'did you mean Subject?',
      1,
      18,
    ],
    ['{{#each cases}}{{Name}}{{/each}}', 'unknown field Name of crm.Case', undefined, 1, 18],
    ['{{#if Nmae}}{{/if}}', 'unknown field Nmae of crm.Account', 'did you mean Name?', 1, 7],
    ['{{owner.Emial}}', 'unknown field Emial of crm.User', 'did you mean Email?', 1, 3],
    ['{{constructor}}', 'unknown field constructor of crm.Account', undefined, 1, 3],
  ])('%j: %s', (text, message, hint, line, column) => {
    const [problem, ...others] = problems(text);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'TEMPLATE_UNKNOWN_FIELD', message, line, column });
    if (hint !== undefined) expect(problem?.hint).toBe(hint);
  });

  it.each([
    ['{{nmber Amount}}', 'unknown helper nmber'],
    ['{{lookup cases 0}}', 'unknown helper lookup'],
    ['{{md}}', 'md takes 1 values, not 0'],
    ['{{eq Name}}', 'eq takes 2 values, not 1'],
    ['{{number Amount places=2}}', 'number has no option places'],
    ['{{cases}}', 'cases is a list of records, not a value'],
    ['{{md owner}}', 'owner is a record, not a value'],
    ['{{"Name"}}', 'a text or a number cannot stand alone'],
    ['{{5}}', 'a text or a number cannot stand alone'],
    ['{{this}}', 'this is a record, not a value'],
    ['{{cases.Subject}}', 'cases is a list and has no Subject'],
    ['{{#each owner}}{{Email}}{{/each}}', 'owner is a record'],
    ['{{#with cases}}{{Subject}}{{/with}}', 'cases is a list'],
    ['{{#Name}}x{{/Name}}', 'unknown block {{#Name}}'],
    ['{{../Name}}', '../Name leads out of the template'],
    ['{{@now}}', 'unknown @now'],
    ['{{> other}}', 'partials and decorators are not available in templates'],
    ['{{#if Name}}', 'a block or an expression is not closed'],
    ['{{#if Name}}{{/each}}', "the template cannot be read: if doesn't match each"],
    ['{{Name', 'the template cannot be read: an expression {{…}} is malformed'],
  ])('%j: %s', (text, message) => {
    expect(problems(text).map((problem) => problem.message)).toEqual([message]);
    expect(problems(text)[0]?.code).toBe('TEMPLATE_INVALID');
  });

  it('reports everything that is wrong, not only the first', () => {
    expect(problems('{{A}}\n{{B}}\n{{up C}}')).toHaveLength(3);
  });
});

describe('what a template shows', () => {
  it('is the text of the record as it is, without escaping', () => {
    expect(render('<{{Name}}>', { Name: 'A & "B" <c>' })).toBe('<A & "B" <c>>');
  });

  it('is nothing for a missing value', () => {
    expect(render('[{{Name}}{{md Name}}{{date Name}}{{number Amount}}]', { Name: null })).toBe('[]');
  });

  it('finds fields that are named like a helper, or with a dot', () => {
    const view = { number: 5, log: 'l', 'Owner.Name': 'Ada' };
    expect(render('{{number}} {{log}} {{Owner.Name}} {{md Owner.Name}} {{number number}}', view)).toBe(
      '5 l Ada Ada 5',
    );
  });

  it('never reaches what objects inherit', () => {
    const compiled = compileTemplate('[{{Tags.constructor}}{{Tags.__proto__}}{{Tags.toString}}]', account);
    if ('problems' in compiled) throw new Error('unexpected');
    expect(compiled.template.render({ Tags: {} })).toBe('[]');
  });

  it.each([
    ['{{number Amount}}', 1234567.891, '1,234,567.89'],
    ['{{number Amount}}', '1234', '1,234'],
    ['{{number Amount digits=3}}', '-1234.5', '-1,234.500'],
    ['{{number Amount}}', '12345678901234567890123', '12,345,678,901,234,567,890,123'],
    ['{{number Amount}}', -0.001, '0'],
    ['{{number Amount}}', 'n/a', 'n/a'],
    ['{{currency Amount "usd"}}', 1250000, 'USD 1,250,000.00'],
    ['{{currency Amount "JPY"}}', 1250.4, 'JPY 1,250'],
    ['{{currency Amount}}', '99.5', '99.50'],
    ['{{percent Amount}}', 25, '25%'],
    ['{{percent Amount of=1}}', 0.256, '25.6%'],
    ['{{percent Amount digits=2}}', '7.5', '7.50%'],
    ['{{date Amount}}', '2026-01-15T23:59:59.000+0000', '15 Jan 2026'],
    ['{{date Amount}}', '2026-01-15T23:59:59-05:00', '16 Jan 2026'],
    ['{{date Amount}}', 'soon', 'soon'],
    ['{{instant Amount}}', '2026-01-15 08:05:00', '15 Jan 2026 08:05 UTC'],
    ['{{count Amount}}', ['a', 'b'], '2'],
    ['{{default Amount "none"}}', '  ', 'none'],
    ['{{default Amount "none"}}', 0, '0'],
    ['{{join Amount " / "}}', ['a', null, 'b', ''], 'a / b'],
    ['{{join Amount}}', 'a', 'a'],
    ['{{oneline Amount}}', ' a\n\t b ', 'a b'],
    ['{{#if (gt Amount 10)}}y{{else}}n{{/if}}', '9', 'n'],
    ['{{#if (lt Amount 10)}}y{{else}}n{{/if}}', '9', 'y'],
    ['{{#if (gt Amount 10)}}y{{else}}n{{/if}}', null, 'n'],
    ['{{#if (eq Amount 9)}}y{{/if}}{{#if (ne Amount 9)}}n{{/if}}', '9.0', 'y'],
    ['{{#if (or Amount Tags)}}y{{/if}}{{#if (not Amount)}}n{{/if}}', [], 'n'],
    ['{{#if (and Amount true)}}y{{/if}}', 'x', 'y'],
  ])('%s of %j is %s', (text, Amount, wanted) => {
    expect(render(text, { Amount } as View)).toBe(wanted);
  });

  it('is the same in every time zone and locale', () => {
    const before = { zone: process.env['TZ'], language: process.env['LC_ALL'] };
    const text = '{{date Amount}} {{instant Amount}} {{number Log}}';
    const view = { Amount: '2026-01-01T00:30:00Z', Log: 1234.5 };
    const wanted = '1 Jan 2026 1 Jan 2026 00:30 UTC 1,234.5';
    try {
      for (const zone of ['America/Los_Angeles', 'Asia/Tokyo', 'UTC']) {
        process.env['TZ'] = zone;
        process.env['LC_ALL'] = 'de_DE.UTF-8';
        expect(render(text, view)).toBe(wanted);
      }
    } finally {
      process.env['TZ'] = before.zone;
      if (before.language === undefined) delete process.env['LC_ALL'];
      else process.env['LC_ALL'] = before.language;
    }
  });
});

describe('text that must be whole', () => {
  const whole = (text: string, view: View) => {
    const compiled = compileWhole(text, account);
    return 'problems' in compiled
      ? compiled.problems.map((problem) => problem.message)
      : compiled.template.render(view);
  };

  it('is undecided when any value in it is empty, not only when all of it is', () => {
    expect(whole('user:{{Name}}', { Name: 'ada' })).toBe('user:ada');
    expect(whole('user:{{Name}}', { Name: '' })).toBeUndefined();
    expect(whole('user:{{Name}}', {})).toBeUndefined();
    expect(whole('user:{{oneline Name}}', { Name: ' \n' })).toBeUndefined();
    expect(whole('{{owner.Email}}', { owner: { Email: 'a@b.c' } })).toBe('a@b.c');
    expect(whole('{{owner.Email}}', { owner: undefined })).toBeUndefined();
    expect(whole('group:sales', {})).toBe('group:sales');
  });

  it('has no blocks, and its fields are checked', () => {
    expect(whole('{{#if Name}}x{{/if}}', {})).toEqual(['blocks are not available here']);
    expect(whole('{{Nmae}}', {})).toEqual(['unknown field Nmae of crm.Account']);
  });
});

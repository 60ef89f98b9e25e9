import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliserNames } from '../../../core/config/schema.ts';
import { normalise } from '../../../core/documents/normalise.ts';

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.emailAddress(),
  fc.webUrl(),
  fc.domain(),
  fc.double().map(String),
  fc.stringMatching(/^[A-Za-z0-9]{15}([A-Z0-5]{3})?$/),
  fc.stringMatching(/^(www\.){0,3}[a-z]{1,3}(\.[a-z]{2})?\.*$/),
);

describe('normalising a side of a join', () => {
  it('changes nothing the second time, for every normaliser', () => {
    fc.assert(
      fc.property(fc.constantFrom(...normaliserNames), texts, (as, text) => {
        const once = normalise(as, text);
        if (once !== undefined) expect(normalise(as, once)).toBe(once);
      }),
      { seed: 4, numRuns: 2000 },
    );
  });

  it('joins nothing to a missing or empty value, a list or an object', () => {
    for (const as of normaliserNames) {
      for (const value of [null, undefined, '', [], ['a'], {}]) expect(normalise(as, value)).toBeUndefined();
    }
    expect(normalise('trim', '   ')).toBeUndefined();
  });

  it('compares a number with the same number given as text', () => {
    expect(normalise('exact', 42)).toBe('42');
    expect(normalise('exact', true)).toBe('true');
    expect(normalise('exact', ' a ')).toBe(' a ');
  });

  it.each([
    ['001D000000IRFma', '001D000000IRFmaIAH'],
    ['001D000000IRFmaIAH', '001D000000IRFmaIAH'],
    ['001D000000IRFmaiah', '001D000000IRFmaIAH'],
    ['001D000000IRFMAIAH', '001D000000IRFmaIAH'],
    ['001d000000irfmaiah', '001D000000IRFmaIAH'],
    ['  001D000000IRFma ', '001D000000IRFmaIAH'],
    ['001D000000iRFmaIAH', undefined],
    ['001D000000IRFm', undefined],
    ['001D000000IRFma999', undefined],
    ['001D000000IRF-a', undefined],
    ['000000000000000AAA', '000000000000000AAA'],
    ['000000000000000BAA', undefined],
  ])('gives the Salesforce id %s its 18-character form: %s', (text, wanted) => {
    expect(normalise('salesforceId', text)).toBe(wanted);
  });

  it.each([
    ['007', '7'],
    ['7.00', '7'],
    [' -0.50 ', '-0.5'],
    ['.5', '0.5'],
    ['-0', '0'],
    ['1e3', '1000'],
    ['12.5e-3', '0.0125'],
    ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678'],
    ['1e9999', undefined],
    ['0x10', undefined],
    ['seven', undefined],
    ['.', undefined],
    ['Infinity', undefined],
  ])('reads %s as the number %s', (text, wanted) => {
    expect(normalise('number', text)).toBe(wanted);
  });

  it('writes a number as JavaScript reads it back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(Number(normalise('number', number))).toBe(number === 0 ? 0 : number);
      }),
      { seed: 5 },
    );
  });

  it.each([
    ['Ada <ada@Example.com>', 'example.com'],
    ['ada@mail.example.co.uk', 'mail.example.co.uk'],
    ['https://www.Example.com:8443/a?b=c@d#e', 'example.com'],
    ['http://user:word@example.com/', 'example.com'],
    ['mailto:ada@example.com', 'example.com'],
    ['www.example.com.', 'example.com'],
    ['www.com', 'www.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['https://10.0.0.1/', undefined],
    ['localhost', undefined],
    ['not a domain.', undefined],
    ['n/a', undefined],
  ])('finds in %s the domain %s', (text, wanted) => {
    expect(normalise('domain', text)).toBe(wanted);
  });

  it('lowers letters the same way in every locale', () => {
    expect(normalise('lower', ' TITLE ')).toBe('title');
  });
});

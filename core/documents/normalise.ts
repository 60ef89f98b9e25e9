import type { NormaliserName } from '../config/schema.ts';
import type { Json } from '../contract/json.ts';
import { decimalText } from './decimal.ts';

/**
 * The comparable form of one side of a join, or undefined when the value joins nothing: null, absent, empty, an object
 * or a list, or not of the form that the normaliser names. Normalising twice changes nothing.
 */
export function normalise(as: NormaliserName, value: Json | undefined): string | undefined {
  if (value === null || value === undefined || typeof value === 'object') return undefined;
  const text = typeof value === 'string' ? value : String(value);
  const normal = normalisers[as](text);
  return normal === '' ? undefined : normal;
}

const normalisers: Readonly<Record<NormaliserName, (text: string) => string | undefined>> = {
  exact: (text) => text,
  trim: (text) => text.trim(),
  lower: (text) => text.trim().toLowerCase(),
  number: decimalText,
  salesforceId,
  domain,
};

const suffixAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/**
 * The 18-character form. An identifier whose letters were all raised or lowered on the way is repaired from its suffix,
 * which records the case; one whose suffix contradicts its letters joins nothing.
 * https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm
 */
function salesforceId(text: string): string | undefined {
  const id = text.trim();
  if (!/^(?:[A-Za-z0-9]{15}|[A-Za-z0-9]{15}[A-Za-z0-5]{3})$/.test(id)) return undefined;
  const base = id.slice(0, 15);
  if (id.length === 15) return base + suffixOf(base);
  const suffix = id.slice(15).toUpperCase();
  if (suffixOf(base) === suffix) return base + suffix;
  if (base !== base.toUpperCase() && base !== base.toLowerCase()) return undefined;
  let repaired = '';
  for (let at = 0; at < 15; at++) {
    const upper = (suffixAlphabet.indexOf(suffix.charAt(Math.floor(at / 5))) >> (at % 5)) & 1;
    repaired += upper ? base.charAt(at).toUpperCase() : base.charAt(at).toLowerCase();
  }
  return suffixOf(repaired) === suffix ? repaired + suffix : undefined;
}

/** Three characters, one for five of the base: bit n is set where character n is an upper-case letter. */
function suffixOf(base: string): string {
  let suffix = '';
  for (let start = 0; start < 15; start += 5) {
    let bits = 0;
    for (let at = 0; at < 5; at++) if (/[A-Z]/.test(base.charAt(start + at))) bits |= 1 << at;
    suffix += suffixAlphabet.charAt(bits);
  }
  return suffix;
}

/** The host of an e-mail address or a URL: lower case, without `www.`, port or final dot; IDN as Punycode. */
function domain(text: string): string | undefined {
  const address = text.trim().toLowerCase();
  const afterScheme = address.replace(/^[a-z][a-z0-9+.-]*:\/\//, '').replace(/^mailto:/, '');
  const authority = /^[^/?#]*/.exec(afterScheme)?.[0] ?? '';
  const host = authority
    .slice(authority.lastIndexOf('@') + 1)
    .replace(/>$/, '')
    .replace(/:\d*$/, '')
    .replace(/\.+$/, '');
  if (!/^[^\s\\%:@[\]]+\.[^\s\\%:@[\]]+$/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  const name = new URL(`http://${host}`).hostname.replace(/\.+$/, '').replace(/^(?:www\.)+(?=[^.]+\.)/, '');
  return /^[\d.]+$/.test(name) || !name.includes('.') ? undefined : name;
}

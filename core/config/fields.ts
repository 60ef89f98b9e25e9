import { z } from 'zod';

/** A secret: given as `${ENV_NAME}` or `file:path`, already resolved here. Marked, so that schemas, forms and logs redact it. */
export const secret = () => z.string().min(1).meta({ secret: true });

/** A service address. Plain `http:` is accepted for loopback only. */
export const endpoint = () =>
  z
    .url()
    .refine(
      (value) => value.startsWith('https:') || isLoopback(value),
      'must be https (http is accepted for loopback addresses only)',
    );

/** Whether a URL points at this machine. */
export function isLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** A duration such as `90s`, `15m`, `6h`, `30d`; resolved to milliseconds. */
export const duration = () =>
  z
    .string()
    .regex(/^\d+(ms|s|m|h|d)$/, 'must be a number with a unit: 90s, 15m, 6h, 30d')
    .transform((text) => {
      const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
      const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'ms'];
      return Number(amount) * unitMs;
    });

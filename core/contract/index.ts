export * from './context.ts';
export * from './define.ts';
export * from './destination.ts';
export * from './document.ts';
export * from './errors.ts';
export * from './json.ts';
export * from './slots.ts';
export * from './source.ts';

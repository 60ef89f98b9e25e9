export {
  startSalesforceEmulator,
  type SalesforceEmulator,
  type SalesforceEmulatorOptions,
} from './emulator.ts';
export type { OrgMutations } from './org.ts';

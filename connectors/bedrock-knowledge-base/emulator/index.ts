export { startBedrockEmulator } from './start-bedrock-emulator.ts';
export type { BedrockEmulator, BedrockEmulatorOptions } from './start-bedrock-emulator.ts';
export type { ScriptedOutcome, Switches, Timings } from './switches.ts';

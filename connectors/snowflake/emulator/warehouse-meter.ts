/** What a warehouse is billed by. https://docs.snowflake.com/en/user-guide/warehouses-overview */
export interface WarehouseMeter {
  /** How often it had to be resumed. */
  readonly resumes: number;
  use(): void;
}

/** AUTO_SUSPEND of the emulated warehouse. */
const SUSPEND_MS = 60_000;

export function createWarehouseMeter(now: () => number): WarehouseMeter {
  let resumes = 0;
  let lastMs: number | undefined;
  return {
    get resumes() {
      return resumes;
    },
    use() {
      if (lastMs === undefined || now() - lastMs > SUSPEND_MS) resumes++;
      lastMs = now();
    },
  };
}

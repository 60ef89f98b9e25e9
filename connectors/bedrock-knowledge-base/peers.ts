import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How many processes of this machine and user write to one account: each keeps a file of its own in a common folder. */
export interface Peers {
  /** Tells that this process writes, and learns who else does; cheap to call before every request. */
  refresh(): Promise<void>;
  /** This process included. Where files cannot be shared, 1. */
  count(): number;
  leave(): Promise<void>;
}

const everyMs = 1_000;
/** A process that has not told for this long writes no more. */
const goneMs = 45_000;

/** `account` is a hash: neither the folder nor the files hold more than when a process last wrote. */
export function createPeers(options: { readonly account: string; readonly now: () => number }): Peers {
  const folder = join(tmpdir(), `tributary-bedrock-${options.account.slice(0, 16)}`);
  const mine = `${process.pid}-${randomUUID()}`;
  let count = 1;
  let toldAt = -Infinity;

  const isThere = async (file: string, now: number): Promise<boolean> => {
    const path = join(folder, file);
    const at = Number(await readFile(path, 'utf8').catch(() => NaN));
    const ended = !isRunning(Number.parseInt(file, 10));
    if (!ended && Math.abs(now - at) < goneMs) return true;
    if (ended || now - at >= goneMs) await rm(path, { force: true });
    return false;
  };
  return {
    count: () => count,
    async refresh() {
      const now = options.now();
      if (now - toldAt < everyMs) return;
      toldAt = now;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(join(folder, mine), String(now), { mode: 0o600 });
        const others = (await readdir(folder)).filter((file) => file !== mine);
        const there = await Promise.all(others.map((file) => isThere(file, now)));
        count = 1 + there.filter(Boolean).length;
      } catch {
        count = 1;
      }
    },
    async leave() {
      await rm(join(folder, mine), { force: true }).catch(() => undefined);
      await rmdir(folder).catch(() => undefined);
    },
  };
}

/** A process that was killed leaves its file behind. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

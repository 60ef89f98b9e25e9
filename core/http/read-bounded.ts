import { TransientError } from '../contract/errors.ts';

/** The bytes of an answer as they come out of its encoding, up to a bound: what is packed small may be large. */
export async function readBounded(answer: Response, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer.body ?? []) {
    size += piece.length;
    // Leaving the loop cancels the stream: nothing more is received or unpacked.
    if (size > maxBytes) throw new TransientError(`an answer is larger than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

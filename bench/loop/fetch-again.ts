/** A connection that the server has just closed for idleness is no failure: such a request leaves once more. */
export async function fetchAgain(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch {
    return fetch(url, init);
  }
}

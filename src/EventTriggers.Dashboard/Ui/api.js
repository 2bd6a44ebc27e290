// Asks the API. Addresses are relative to the page, whatever path it has.

export class Refused extends Error {
  constructor(title, detail, status) {
    super(detail);
    [this.title, this.status] = [title, status];
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(`api/${path}`, { credentials: 'same-origin', redirect: 'manual', ...options });
  } catch {
    throw new Refused('The application does not answer', 'It may be restarting, or the network is away. This page tries again.', 0);
  }
  if (response.type === 'opaqueredirect' || response.status === 401) {
    throw new Refused('You are logged out', 'Reload the page to log in again.', 401);
  }
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => undefined);
  throw new Refused(
    problem?.title ?? 'The request failed', problem?.detail ?? `The application answered ${response.status}.`, response.status);
}

function withQuery(path, query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

export const get = (path, query) => ask(withQuery(path, query));

export const post = (path, body, query) => ask(withQuery(path, query), {
  method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', 'X-EventTriggers-Change': '1' },
});

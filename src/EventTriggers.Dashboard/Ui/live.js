// Keeps the overview fresh while the page is looked at: server-sent events, or polling where they do not come through.
import { get } from './api.js';

const PollMs = 5000;
const SilenceMs = 12000;
const PollsBeforeRetry = 6;

const listeners = new Set();
let source, timer, watch, heardAt = 0, hasHeard = false, getsThrough = false;

export const live = { state: 'connecting', overview: undefined, paused: false };

export function listen(listener) {
  listeners.add(listener);
  if (live.overview) listener('overview', live.overview);
  return () => listeners.delete(listener);
}

function tell(kind, value) {
  for (const listener of [...listeners]) listener(kind, value);
}

function set(state) {
  if (live.state !== state) {
    live.state = state;
    tell('state', state);
  }
}

function heard(overview) {
  heardAt = Date.now();
  live.overview = overview;
  tell('overview', overview);
}

function stop() {
  source?.close();
  clearTimeout(timer);
  clearInterval(watch);
  source = timer = watch = undefined;
}

const isWanted = () => !live.paused && !document.hidden;

// Asks by itself, and tries the stream again when it has asked a few times.
async function poll(asked = 0) {
  try {
    const overview = await get('overview');
    if (isWanted()) {
      const isBack = getsThrough && live.state === 'away';
      set('polling');
      heard(overview);
      if (isBack) return connect();
    }
  } catch (problem) {
    if (isWanted()) {
      set('away');
      tell('problem', problem);
    }
  }
  if (isWanted() && !source && !timer) {
    timer = setTimeout(() => {
      timer = undefined;
      if (asked + 1 < PollsBeforeRetry) poll(asked + 1);
      else connect();
    }, PollMs);
  }
}

function connect() {
  stop();
  heardAt = Date.now();
  source = new EventSource('api/live');
  source.addEventListener('overview', message => {
    hasHeard = getsThrough = true;
    set('live');
    heard(JSON.parse(message.data));
  });
  source.addEventListener('problem', message => {
    heardAt = Date.now();
    set('away');
    tell('problem', JSON.parse(message.data));
  });
  source.onerror = () => lost();

  // A proxy that collects the stream lets nothing through, and no error either.
  watch = setInterval(() => { if (Date.now() - heardAt > SilenceMs) lost(); }, 1000);
}

// A stream ends by itself after some minutes, so that the browser is authorized again. One that never said anything does not get through.
function lost() {
  stop();
  const again = hasHeard;
  hasHeard = false;
  if (again) timer = setTimeout(connect, 1000);
  else poll();
}

export function start() {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) stop();
    else if (!live.paused) connect();
  });
  if (!document.hidden) connect();
}

export function setPaused(paused) {
  live.paused = paused;
  stop();
  if (paused) set('paused');
  else connect();
}

export async function refresh() {
  heard(await get('overview'));
}

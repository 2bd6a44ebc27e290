// The frame of the pages: header, address, live state.
import { get } from './api.js';
import { badge, button, h, visible } from './dom.js';
import { live, listen, refresh as refreshOverview, setPaused, start } from './live.js';
import { audit } from './audit.js';
import { consumers } from './consumers.js';
import { deliveries, unrouted } from './deliveries.js';
import { event } from './event.js';
import { keys } from './keys.js';
import { limits } from './limits.js';
import { overview } from './overview.js';
import { server } from './server.js';
import { trigger } from './trigger.js';
import { triggers } from './triggers.js';
import { type, types } from './types.js';
import { upcoming } from './upcoming.js';

const Pages = { overview, deliveries, keys, limits, unrouted, event, triggers, trigger, upcoming, types, type, consumers, server, audit };
const Tabs = [
  ['overview', 'Overview'], ['deliveries', 'Deliveries'], ['keys', 'Keys'], ['limits', 'Limits'], ['triggers', 'Triggers'],
  ['upcoming', 'Upcoming'], ['types', 'Types'], ['consumers', 'Consumers'], ['server', 'Server'], ['audit', 'Audit'],
];
const Within = { event: 'deliveries', unrouted: 'deliveries', trigger: 'triggers', type: 'types' };
const RefreshMs = 5000;

const main = document.getElementById('main');
const banner = document.getElementById('banner');
const state = { session: undefined, page: undefined, name: undefined, refreshedAt: 0, isRefreshing: false, said: '' };

function say(problem) {
  // A screen reader reads the banner out when it changes: the same problem is not told every few seconds.
  const text = problem ? `${problem.title} ${problem.detail ?? problem.message}` : '';
  if (text === state.said) return;
  state.said = text;
  banner.replaceChildren(...problem ? [h('strong', {}, problem.title ?? 'Something failed'), ' ', problem.detail ?? problem.message] : []);
}

function where() {
  const [, name, query] = /^#\/([a-z]+)(?:\?(.*))?$/.exec(location.hash) ?? [, 'overview', ''];
  return [Object.hasOwn(Pages, name) ? name : 'overview', Object.fromEntries(new URLSearchParams(query ?? ''))];
}

async function show() {
  const [name, query] = where();
  state.page?.dispose?.();
  const page = Pages[name](query, state.session, refresh);
  const isFirst = state.page === undefined;
  [state.page, state.name] = [page, name];
  document.title = visible(`${page.title} – EventTriggers`);
  main.replaceChildren(page.element);
  showTabs();
  say();
  if (live.overview) page.update?.(live.overview);
  await refresh();
  if (!isFirst && page === state.page) {
    window.scrollTo(0, 0);
    main.querySelector('h1')?.focus({ preventScroll: true });
  }
}

async function refresh() {
  const page = state.page;
  if (!page?.refresh || state.isRefreshing) return;
  state.isRefreshing = true;
  try {
    await page.refresh();
    if (page === state.page) {
      say();
      main.dataset.shown = location.hash;
    }
  } catch (problem) {
    if (page === state.page) say(problem);
  } finally {
    [state.isRefreshing, state.refreshedAt] = [false, Date.now()];
  }
  // It was left while it was asked for: the next page waits for its own.
  if (page !== state.page) await refresh();
}

const tabs = h('nav', { 'aria-label': 'Pages' });
const bell = h('span');

function showTabs() {
  const current = Within[state.name] ?? state.name;
  tabs.replaceChildren(...Tabs.map(([name, title]) => h('a',
    { href: `#/${name}`, 'aria-current': name === current ? 'page' : undefined }, title, name === 'overview' ? bell : undefined)));
  tabs.querySelector('[aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
}

const Words = {
  connecting: ['…', 'Connecting'], live: ['Live', 'Refreshed every two seconds'], polling: ['Polling', 'Refreshed every five seconds'],
  paused: ['Paused', 'Nothing is refreshed'], away: ['Away', 'The last try to refresh failed; it is tried again'],
};
const stateBadge = h('span', { class: 'stream', role: 'status' });
const pause = button('❚❚', () => {
  setPaused(!live.paused);
  showPause();
}, { class: 'plain' });

function showPause() {
  const word = live.paused ? 'Refresh again' : 'Stop refreshing';
  pause.textContent = live.paused ? '▶' : '❚❚';
  pause.title = word;
  pause.setAttribute('aria-label', word);
}

function showState() {
  const [word, title] = Words[live.state];
  stateBadge.className = `stream ${live.state}`;
  stateBadge.title = title;
  stateBadge.textContent = word;
}

const Themes = ['auto', 'light', 'dark'];
const stored = () => { try { return localStorage.getItem('eventtriggers-theme') ?? 'auto'; } catch { return 'auto'; } };
const theme = button('', () => setTheme(Themes[(Themes.indexOf(document.documentElement.dataset.theme) + 1) % 3]), { class: 'plain' });

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  theme.textContent = { auto: '◐', light: '☀', dark: '☾' }[name] ?? '◐';
  theme.setAttribute('aria-label', `Theme: ${name}`);
  theme.title = `Theme: ${name}`;
  try { localStorage.setItem('eventtriggers-theme', name); } catch { /* Not kept, then. */ }
}

async function begin() {
  setTheme(Themes.includes(stored()) ? stored() : 'auto');
  const who = h('span', { class: 'who' });
  document.getElementById('header').append(
    h('a', { class: 'brand', href: '#/overview' }, h('img', { src: 'ui/icon.svg', alt: '', width: '22', height: '22' }), 'EventTriggers'),
    tabs, h('div', { class: 'right' }, who, stateBadge, pause, theme));
  showState();
  showPause();
  for (;;) {
    try {
      state.session = await get('session');
      break;
    } catch (problem) {
      say(problem);
      await new Promise(resolve => setTimeout(resolve, 3000));
    }
  }
  const { session } = state;
  who.append(h('span', { title: 'The prefix of the keys' }, session.serviceKey ?? session.prefix), ' · ', session.user,
    session.canChange ? '' : ' · ', session.canChange ? '' : badge(session.isReadOnly ? 'read-only' : 'may look', 'quiet'));
  listen((kind, value) => {
    if (kind === 'state') showState();
    if (kind === 'problem') say(value);
    if (kind !== 'overview') return;
    const bad = value.findings.filter(one => one.severity !== 'Notice').length;
    bell.className = bad ? 'bell' : '';
    bell.textContent = bad || '';
    if (state.page?.update) say();
    state.page?.update?.(value);
    if (Date.now() - state.refreshedAt >= RefreshMs && !document.querySelector('dialog[open]')) refresh();
  });
  addEventListener('hashchange', show);
  document.querySelector('.skip').addEventListener('click', event => {
    event.preventDefault();
    main.focus();
  });

  // Pages know the groups from it. Without it they are shown all the same, and say what fails.
  await refreshOverview().catch(say);
  await show();
  start();
}

begin();

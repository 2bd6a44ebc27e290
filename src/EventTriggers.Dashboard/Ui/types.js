// Types of events: who publishes them lately, who handles them, and which triggers watch them.
import { get } from './api.js';
import { badge, empty, h, heading, link, number, section } from './dom.js';
import { table } from './table.js';
import { time } from './times.js';
import { when } from './triggers.js';

const groupsOf = row => row.groups.length
  ? row.groups.map((group, at) => [at ? ', ' : '', link('deliveries', { group, type: row.name }, group)])
  : h('span', { class: 'quiet' }, 'no group');

const waiting = row => row.unrouted
  ? h('span', { class: 'bad' }, link('unrouted', { type: row.name }, number(row.unrouted))) : h('span', { class: 'quiet' }, '0');

export function types() {
  const rows = table('Types of events', [
    { title: 'Type', kind: 'name', cell: row => link('type', { name: row.name }, row.name) },
    { title: 'Handled by', kind: 'wide', cell: groupsOf },
    { title: 'Consumers', kind: 'number', cell: row => link('consumers', {}, number(row.consumers)) },
    { title: 'Unrouted', kind: 'number', cell: waiting },
    { title: 'Since', kind: 'time', cell: row => time(row.unroutedSince) },
  ], row => row.name);
  const nothing = empty('No type is known yet.', 'A type is listed when a group subscribes to it, or when an event of it is published.');
  const list = h('div', {}, rows.element);
  return {
    title: 'Types',
    element: h('div', {}, heading('Types', link('unrouted', {}, 'Events without a group')), list),
    async refresh() {
      const found = await get('types');
      rows.update(found);
      if (list.firstChild !== (found.length ? rows.element : nothing)) list.replaceChildren(found.length ? rows.element : nothing);
    },
  };
}

// Who published the last events: a trigger, or a program.
function publishers(recent) {
  const counts = new Map();
  for (const row of recent) counts.set(row.triggerId ?? '', (counts.get(row.triggerId ?? '') ?? 0) + 1);
  return h('ul', { class: 'plain' }, [...counts].sort((a, b) => b[1] - a[1]).map(([id, many]) => h('li', {},
    id ? ['Trigger ', link('trigger', { id }, id)] : 'Programs',
    h('span', { class: 'quiet' }, ` · ${number(many)} of the last ${recent.length}`))));
}

export function type(query) {
  const beside = h('span', { class: 'quiet' });
  const [published, handled, watched, last] = [h('div'), h('div'), h('div'), h('div')];
  const triggers = table('Triggers that watch it', [
    { title: 'Trigger', kind: 'name', cell: row => link('trigger', { id: row.id }, row.id) },
    { title: 'When', kind: 'wide', cell: when },
    { title: 'Publishes', kind: 'wide', cell: row => link('type', { name: row.eventType }, row.eventType) },
    { title: 'Status', kind: 'state', cell: row => badge(row.status) },
    { title: 'Last fired', kind: 'time', cell: row => time(row.lastFiredAt) ?? h('span', { class: 'quiet' }, 'never') },
  ], row => row.id);
  const events = table('Last events', [
    { title: 'Event', kind: 'name', cell: row => link('event', { id: row.id }, row.id) },
    { title: 'Published by', kind: 'wide', cell: row => row.triggerId
      ? link('trigger', { id: row.triggerId }, row.triggerId) : 'a program' },
    { title: 'Status', kind: 'state', cell: row => row.delivery ? badge(row.delivery.status) : badge('No group', 'warning') },
    { title: 'Published', kind: 'time', cell: row => time(row.publishedAt) },
  ], row => row.id);
  let [askedAt, text] = [0, ''];

  function show(found) {
    beside.textContent = found.recentGroup ? `the last deliveries of group ${found.recentGroup}` : 'that no group has taken';
    published.replaceChildren(found.recent.length ? publishers(found.recent)
      : h('p', { class: 'quiet' }, 'No event of this type is among the last ones.'));
    handled.replaceChildren(found.type.groups.length ? h('p', {}, groupsOf(found.type),
      h('span', { class: 'quiet' }, ` · ${number(found.type.consumers)} ${found.type.consumers === 1 ? 'consumer' : 'consumers'}`)) : '',
    found.type.unrouted ? h('p', {}, waiting(found.type),
      ' events wait for a group that subscribes, since ', time(found.type.unroutedSince)) : '',
    !found.type.groups.length && !found.type.unrouted ? h('p', { class: 'quiet' }, 'No group has subscribed to it.') : '');
    triggers.update(found.watchedBy);
    watched.replaceChildren(found.watchedBy.length ? triggers.element
      : h('p', { class: 'quiet' }, found.hasMore ? 'None among the first triggers.' : 'No trigger waits for its events.'),
    found.hasMore ? h('p', {}, link('triggers', { kind: 'On', sourceType: query.name }, 'Look through all triggers')) : '');
    events.update(found.recent);
    last.replaceChildren(found.recent.length ? events.element : h('p', { class: 'quiet' }, 'There are none.'));
  }

  return {
    title: `Type ${query.name}`,
    element: h('div', {}, heading(query.name ?? 'Type', link('triggers', { eventType: query.name }, 'Triggers that publish it')),
      section('Published lately by', published), section('Handled by', handled), section('Watched by', watched),
      h('section', {}, h('div', { class: 'heading' }, h('h2', {}, 'Last events'), beside), last)),
    async refresh() {
      // It looks through lists: less often than other pages.
      if (Date.now() - askedAt < 20000) return;
      const found = await get('type', { name: query.name });
      askedAt = Date.now();
      if (JSON.stringify(found) !== text) show(found);
      text = JSON.stringify(found);
    },
  };
}

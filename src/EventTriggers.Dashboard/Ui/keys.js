// Keys of which deliveries wait, in a group that orders or limits by key: those behind a dead letter first, then those of which most wait.
import { get } from './api.js';
import { badge, button, count, empty, h, heading, link, number } from './dom.js';
import { discard, redrive } from './dialogs.js';
import { field, filters } from './lists.js';
import { live } from './live.js';
import { table } from './table.js';
import { time } from './times.js';

// A key with more of them is hot: one after another, they take a while.
const Hot = 1000;

const isOrdering = group => group.counts.waiting || group.counts.heldKeys;

const state = one => one.heldBehind ? badge('Held', 'bad')
  : one.limitedUntil ? [badge('Limited', 'warning'), h('div', { class: 'quiet' }, 'until ', time(one.limitedUntil))] : one.waiting >= Hot ? badge('Hot', 'warning') : badge('In turn', 'good');

const waiting = (group, one) => one.waiting
  ? link('deliveries', { group, key: one.key, status: 'Ready' }, number(one.waiting)) : h('span', { class: 'quiet' }, '0');

const turn = one => one.heldBehind
  ? [h('div', { class: 'quiet' }, 'behind the dead letter'), link('event', { id: one.heldBehind }, one.heldBehind)]
  : one.active.map(id => h('div', {}, link('event', { id }, id)));

const inOrder = (a, b) => Number(!!b.heldBehind) - Number(!!a.heldBehind) || b.waiting - a.waiting;

export function keys(query, session, refresh) {
  const groups = (live.overview?.groups ?? []).filter(group => !group.name.startsWith('$'));
  const names = [...new Set([...groups.map(group => group.name), ...query.group ? [query.group] : []])];
  const group = query.group ?? groups.find(isOrdering)?.name ?? names[0] ?? 'default';
  if (!names.includes(group)) names.push(group);

  const rows = table(`Keys of ${group}`, [
    { title: 'Key', kind: 'name', cell: one => link('deliveries', { group, key: one.key }, one.key) },
    { title: 'State', kind: 'state', cell: state },
    { title: 'Waiting', kind: 'number', cell: one => waiting(group, one) },
    { title: 'Since', kind: 'time', cell: one => time(one.heldSince ?? one.waitingSince) },
    { title: 'Whose turn it is', kind: 'wide', cell: turn },
    ...session.canChange ? [{ title: '', kind: 'action', cell: one => one.heldBehind ? h('div', { class: 'buttons' },
      button('Redrive', () => redrive(one.heldBehind, group, refresh), { 'aria-label': `Redrive ${one.heldBehind}` }),
      button('Discard', () => discard(one.heldBehind, group, refresh), { class: 'danger', 'aria-label': `Discard ${one.heldBehind}` }))
      : '' }] : [],
  ], one => one.key);
  const nothing = empty('No key waits.',
    'In a group that orders or limits by key, a key is listed here while events wait for others of the key, for its limit, or behind a dead '
    + 'letter.');
  const [list, note] = [h('div', {}, rows.element), h('p', { class: 'quiet', role: 'status' })];

  function show(found) {
    rows.update([...found.keys].sort(inOrder));
    if (list.firstChild !== (found.keys.length ? rows.element : nothing)) list.replaceChildren(found.keys.length ? rows.element : nothing);
    note.textContent = [
      found.heldKeys ? `${count(found.heldKeys, 'key waits', 'keys wait')} behind a dead letter` : '',
      found.waitingKeys ? `events of ${count(found.waitingKeys, 'key', 'keys')} wait` : '',
      Math.max(found.heldKeys, found.waitingKeys) > found.keys.length
        ? `the ${number(found.keys.length)} that have waited for longest are shown` : '',
      found.unreadPartitions.length ? `partition ${found.unreadPartitions.join(', ')} could not be read` : '',
    ].filter(Boolean).join(' · ');
  }

  return {
    title: `Keys of ${group}`,
    element: h('div', {}, heading('Keys'),
      filters('keys', [field('group', 'Group', { group }, names.map(name => [name, name]))]), list, note),
    async refresh() { show(await get('keys', { group })); },
  };
}

// Rate limits of groups: what is used of each, and when the next delivery may begin.
import { get } from './api.js';
import { badge, button, empty, h, heading, link, number } from './dom.js';
import { resetLimit, setLimit } from './dialogs.js';
import { table } from './table.js';
import { length, time } from './times.js';

const state = one => one.isByKey ? link('keys', { group: one.groups[0] }, 'by key') : one.standsStillUntil ? badge('Stands still', 'bad')
  : one.nextAt ? badge('Used up', 'warning') : badge('Free', 'good');

const rate = limit => [`${number(limit.count)} in `, length(limit.per)];

const setter = one => one.setAt
  ? [h('div', {}, one.setBy ?? 'not said'), h('div', { class: 'quiet' }, time(one.setAt)),
    one.configured ? h('div', { class: 'quiet' }, 'configured: ', rate(one.configured)) : '']
  : '';

export function limits(query, session, refresh) {
  const rows = table('Rate limits', [
    { title: 'Limit', kind: 'name', cell: one => one.name },
    { title: 'State', kind: 'state', cell: state },
    { title: 'Rate', kind: 'number', cell: one => rate(one.limit) },
    { title: 'Used', kind: 'number', cell: one => one.isByKey ? `burst ${number(one.limit.burst)}` : `${number(one.used)} of ${number(one.limit.burst)}` },
    { title: 'Next', kind: 'time', cell: one => one.isByKey ? '' : time(one.standsStillUntil ?? one.nextAt) ?? 'at once' },
    { title: 'Groups', kind: 'wide', cell: one => one.groups.map(group => h('div', {},
      link('deliveries', { group, status: 'Ready' }, group))) },
    { title: 'Changed by', kind: 'wide', cell: setter },
    ...session.canChange ? [{ title: '', kind: 'action', cell: one => h('div', { class: 'buttons' },
      button('Change', () => setLimit(one, refresh), { 'aria-label': `Change ${one.name}` }),
      one.setAt ? button('Reset', () => resetLimit(one.name, refresh), { 'aria-label': `Reset ${one.name}` }) : '') }] : [],
  ], one => one.name);
  const nothing = empty('No limit is used.',
    'A limit of a group is listed here once a process has asked it, which it does when the group has a delivery.');
  const [list, note] = [h('div', {}, rows.element), h('p', { class: 'quiet', role: 'status' })];

  return {
    title: 'Limits',
    element: h('div', {}, heading('Limits'), list, note),
    async refresh() {
      const found = await get('limits');
      rows.update(found.limits);
      if (list.firstChild !== (found.limits.length ? rows.element : nothing)) {
        list.replaceChildren(found.limits.length ? rows.element : nothing);
      }
      note.textContent = found.unreadPartitions.length ? `partition ${found.unreadPartitions.join(', ')} could not be read` : '';
    },
  };
}

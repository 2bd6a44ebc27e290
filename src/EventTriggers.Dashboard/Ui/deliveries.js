// Deliveries of a group by pages, and events that no group has taken.
import { badge, button, empty, h, heading, link, number } from './dom.js';
import { bulk, cancelEvent, discardUnrouted, redrive } from './dialogs.js';
import { field, filters, pages } from './lists.js';
import { live } from './live.js';
import { table } from './table.js';
import { time } from './times.js';

const Statuses = ['Ready', 'Delayed', 'Leased', 'Dead', 'Processed', 'Canceled', 'Expired', 'Discarded'];
const Nothing = {
  Dead: ['No dead letters.', 'Every delivery that failed was handled in the end, or is tried again.'],
  Ready: ['Nothing waits.', 'Consumers have claimed everything that is ready.'],
  Leased: ['Nothing runs.', 'No consumer holds a delivery at the moment.'],
  Delayed: ['Nothing is delayed.', 'Retries and events with a delay wait here for their time.'],
};

export const isOpen = status => ['Ready', 'Delayed', 'Leased'].includes(status);

const eventCell = row => [link('event', { id: row.id }, row.id), h('div', { class: 'quiet clip', title: row.type }, row.type)];

// All deliveries that the list shows, and those behind them, if something can be done with all of them.
function bulkButtons(chosen, isFiltered, after) {
  const what = noun => {
    const counts = live.overview?.groups.find(group => group.name === chosen.group)?.counts;
    const count = counts?.[chosen.status.toLowerCase()];
    return count === undefined ? `all ${noun} that are listed here`
      : isFiltered ? `those of ${number(count)} ${noun} that match the filters` : `all ${number(count)} ${noun} of ${chosen.group}`;
  };
  const all = (how, title, noun, properties) => button(title, () => bulk(how, chosen, what(noun), after), properties);
  if (chosen.status === 'Dead') {
    return [all('redrive', 'Redrive all', 'dead letters'), all('discard', 'Discard all', 'dead letters', { class: 'danger' })];
  }
  return isOpen(chosen.status)
    ? all('cancel', 'Cancel all', `${chosen.status.toLowerCase()} deliveries`, { class: 'danger' }) : '';
}

export function deliveries(query, session) {
  const names = [...new Set([...(live.overview?.groups ?? []).map(group => group.name), ...query.group ? [query.group] : []])];
  const chosen = { ...query, group: query.group ?? names.find(name => name !== '$triggers') ?? names[0] ?? 'default' };
  if (!names.includes(chosen.group)) names.push(chosen.group);

  const rows = table(`Deliveries of ${chosen.group}`, [
    { title: 'Event', kind: 'name', cell: eventCell },
    { title: 'Status', kind: 'state', cell: row => row.delivery ? badge(row.delivery.status) : '' },
    { title: 'Attempts', kind: 'number', cell: row => row.delivery?.attempt ?? '' },
    { title: 'Last error', kind: 'wide', cell: row =>
      h('div', { class: 'clip error', title: row.delivery?.error }, row.delivery?.error ?? '') },
    { title: 'Published', kind: 'time', cell: row => time(row.publishedAt) },
    ...session.canChange ? [{ title: '', kind: 'action', cell: row => row.delivery?.status === 'Dead'
      ? button('Redrive', () => redrive(row.id, chosen.group, list.again), { 'aria-label': `Redrive ${row.id}` })
      : isOpen(row.delivery?.status)
        ? button('Cancel', () => cancelEvent(row.id, list.again), { 'aria-label': `Cancel ${row.id}` }) : '' }] : [],
  ], row => row.id);

  const isFiltered = Object.entries(query).some(([name, value]) => value && name !== 'group' && name !== 'status');
  const list = pages('deliveries', chosen, rows, row => row.id, isFiltered
    ? empty('No delivery matches.', 'Leave out a filter, or look in another group.')
    : empty(...Nothing[chosen.status] ?? ['No deliveries.', 'Deliveries appear here as soon as an event of its types is published.']));

  return {
    title: `Deliveries of ${chosen.group}`,
    element: h('div', {},
      heading('Deliveries', link('unrouted', {}, 'Events without a group'),
        session.canChange ? bulkButtons(chosen, isFiltered, list.again) : ''),
      filters('deliveries', [
        field('group', 'Group', chosen, names.map(name => [name, name])),
        field('status', 'Status', chosen, [['', 'Every status'], ...Statuses.map(status => [status, status])]),
        field('type', 'Type', chosen), field('errorContains', 'Error contains', chosen),
      ], [
        field('key', 'Key', chosen), field('idPrefix', 'Id begins with', chosen), field('correlationId', 'Correlation id', chosen),
        field('trigger', 'Raised by trigger', chosen),
        field('from', 'From (2026-01-31T12:00Z)', chosen), field('before', 'Before', chosen),
      ]),
      list.element),
    refresh: list.refresh,
  };
}

export function unrouted(query, session) {
  const rows = table('Events that no group has taken', [
    { title: 'Event', kind: 'name', cell: eventCell },
    { title: 'Correlation id', kind: 'wide', cell: row => row.correlationId ?? '' },
    { title: 'Published', kind: 'time', cell: row => time(row.publishedAt) },
  ], row => row.id);
  const list = pages('unrouted', query, rows, row => row.id,
    empty('Every event went to a group.', 'Events of a type to which no group subscribes wait here for the first one that does.'));
  return {
    title: 'Events without a group',
    element: h('div', {}, heading('Events without a group', session.canChange && query.type
      ? button('Discard all', () => discardUnrouted(query.type, list.again), { class: 'danger' }) : ''),
    filters('unrouted', [field('type', 'Type', query)]), list.element),
    refresh: list.refresh,
  };
}

// Triggers by pages.
import { inWords } from './cron.js';
import { badge, empty, h, heading, link, number } from './dom.js';
import { field, filters, pages } from './lists.js';
import { table } from './table.js';
import { length, time } from './times.js';

const Kinds = [['', 'Every kind'], ['At', 'A moment'], ['Every', 'Every interval'], ['Cron', 'Cron expression'], ['On', 'On events']];
const Statuses = [['', 'Every status'], ...['Active', 'Paused', 'Completed', 'Canceled'].map(one => [one, one])];

export function when(one) {
  switch (one.kind) {
    case 'Cron': return [h('code', { title: inWords(one.cron) }, one.cron ?? ''),
      h('div', { class: 'quiet' }, [inWords(one.cron), one.zone].filter(Boolean).join(' · '))];
    case 'Every': return ['every ', length(one.interval)];
    case 'On': return ['on ', one.sourceType ? link('type', { name: one.sourceType }, one.sourceType) : '',
      one.overTime && one.overTime !== 'Each' ? h('div', { class: 'quiet' }, `over time: ${one.overTime}`) : ''];
    default: return 'at a moment';
  }
}

export function triggers(query) {
  const rows = table('Triggers', [
    { title: 'Trigger', kind: 'name', cell: row => [link('trigger', { id: row.id }, row.id),
      row.tags.length ? h('div', { class: 'quiet clip' }, row.tags.join(', ')) : ''] },
    { title: 'When', kind: 'wide', cell: when },
    { title: 'Publishes', kind: 'wide', cell: row =>
      h('div', { class: 'clip', title: row.eventType }, link('type', { name: row.eventType }, row.eventType)) },
    { title: 'Status', kind: 'state', cell: row => [
      badge(row.status), row.error ? h('div', { class: 'error clip', title: row.error }, row.error) : ''] },
    { title: 'Due', kind: 'time', cell: row => row.status === 'Active' ? time(row.dueAt) : undefined },
    { title: 'Last fired', kind: 'time', cell: row => time(row.lastFiredAt) ?? h('span', { class: 'quiet' }, 'never') },
    { title: 'Fired', kind: 'number', cell: row => number(row.firingCount) },
  ], row => row.id);
  const list = pages('triggers', query, rows, row => row.id, Object.values(query).some(Boolean)
    ? empty('No trigger matches.', 'Leave out a filter.')
    : empty('There are no triggers.', 'Declare one with AddTrigger(…), or add one with ITriggerStore.AddAsync(…).'));
  return {
    title: 'Triggers',
    element: h('div', {}, heading('Triggers', link('upcoming', {}, 'Next 24 hours')), filters('triggers', [
      field('kind', 'Kind', query, Kinds), field('status', 'Status', query, Statuses), field('idPrefix', 'Id begins with', query),
      field('tag', 'Tag', query),
    ], [field('eventType', 'Publishes', query), field('sourceType', 'On events of', query)]), list.element),
    refresh: list.refresh,
  };
}

// What was changed here, by whom.
import { get } from './api.js';
import { stopOperation } from './dialogs.js';
import { badge, button, empty, h, heading, link, number, section } from './dom.js';
import { table } from './table.js';
import { time } from './times.js';

const target = ({ action, target }) => action === 'discard unrouted events' ? link('unrouted', { type: target }, target)
  : / (group|events)$/.test(action) ? link('deliveries', { group: target }, target)
  : / event$/.test(action) ? link('event', { id: target }, target)
  : / trigger$/.test(action) ? link('trigger', { id: target }, target) : target;

const Kinds = {
  RedriveEvents: 'Redrive events', CancelEvents: 'Cancel events', DiscardEvents: 'Discard events',
  CancelTriggers: 'Cancel triggers', PauseTriggers: 'Pause triggers', ResumeTriggers: 'Resume triggers',
};

export function audit(_, session, refresh) {
  const operations = table('Bulk operations', [
    { title: 'Operation', kind: 'name', cell: one => [h('b', {}, Kinds[one.kind] ?? one.kind), h('div', { class: 'quiet' }, one.query)] },
    { title: 'Status', kind: 'state', cell: one => badge(one.status, { Running: 'leased', Completed: 'good' }[one.status] ?? 'quiet') },
    { title: 'Changed', kind: 'number', cell: one => number(one.changed) },
    { title: 'Looked at', kind: 'number', cell: one => number(one.examined) },
    { title: 'Begun', kind: 'time', cell: one => [time(one.startedAt), h('div', { class: 'quiet clip' }, one.by ?? '')] },
    { title: 'Ended', kind: 'time', cell: one => time(one.endedAt) },
    ...session.canChange ? [{ title: '', kind: 'action', cell: one => one.status === 'Running'
      ? button('Stop', () => stopOperation(one.id, refresh)) : '' }] : [],
  ], one => one.id);
  const bulkSection = section('Bulk operations', operations.element);
  bulkSection.hidden = true;
  const rows = table('Changes', [
    { title: 'When', kind: 'time', cell: one => time(one.at) },
    { title: 'Who', kind: 'state', cell: one => one.entry.by ?? '' },
    { title: 'What', kind: 'wide', cell: one => one.unreadable ? h('span', { class: 'error' }, one.unreadable) : one.entry.action },
    { title: 'To', kind: 'name', cell: one => target(one.entry) },
    { title: 'Outcome', kind: 'wide', cell: one => [
      one.entry.outcome ?? '', one.entry.details ? h('div', { class: 'quiet' }, one.entry.details) : ''] },
  ], one => JSON.stringify(one));
  const list = h('div', {}, rows.element);
  const nothing = empty('Nothing was changed yet.',
    'Every change that is made in a dashboard is listed here, with who made it. The last 1,000 are kept.');
  return {
    title: 'Audit',
    element: h('div', {}, heading('Audit'), bulkSection, section('Changes', list)),
    async refresh() {
      const [found, begun] = await Promise.all([get('audit'), get('operations')]);
      operations.update(begun);
      bulkSection.hidden = begun.length === 0;
      rows.update(found);
      if (list.firstChild !== (found.length ? rows.element : nothing)) list.replaceChildren(found.length ? rows.element : nothing);
    },
  };
}

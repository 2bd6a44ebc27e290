// The processes that run a consumer loop.
import { get } from './api.js';
import { empty, h, heading, link } from './dom.js';
import { table } from './table.js';
import { length, time } from './times.js';

// What a batch handler gathers.
const gathers = batch => h('div', { class: 'quiet' },
  `${batch.eventTypes.join(', ')}: ${batch.gathered} gathered for batches of ${batch.maxSize}${batch.byKey ? ' by key' : ''}, which wait `,
  length(batch.maxWait));

export function consumers() {
  const rows = table('Consumers', [
    { title: 'Consumer', kind: 'name', cell: one => [
      h('b', {}, one.machine), h('div', { class: 'quiet clip', title: one.name }, one.name)] },
    { title: 'Process', kind: 'number', cell: one => one.processId },
    { title: 'Version', kind: 'state', cell: one => one.version },
    { title: 'Busy', kind: 'wide', cell: one => one.groups.map(group => h('div', {},
      link('deliveries', { group: group.group, status: 'Leased' }, group.group), ' ',
      h('span', { class: 'quiet' }, `${group.busy} of ${group.concurrency}`),
      group.batches.map(gathers))) },
    { title: 'Started', kind: 'time', cell: one => time(one.startedAt) },
    { title: 'Seen', kind: 'time', cell: one => time(one.seenAt) },
    { title: 'Clock', kind: 'number', cell: one => length(one.clockOffset) ?? '' },
  ], one => one.name);
  const list = h('div', {}, rows.element);
  const none = empty('No consumer runs.', 'Start a host that runs the consumer loop, for example with RunAsHostedService().');

  return {
    title: 'Consumers',
    element: h('div', {}, heading('Consumers'), list),
    async refresh() {
      const found = await get('consumers');
      rows.update(found);
      if (list.firstChild !== (found.length ? rows.element : none)) list.replaceChildren(found.length ? rows.element : none);
    },
  };
}

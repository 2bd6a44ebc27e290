// What is wrong now, the groups, and the last 24 hours.
import { get } from './api.js';
import { chart } from './chart.js';
import { badge, button, empty, h, heading, link, number, section } from './dom.js';
import { pauseGroup, removeGroup, resumeGroup, setConcurrency } from './dialogs.js';
import { table } from './table.js';
import { length, seconds, time } from './times.js';

const Spans = [['hour', 'Hour', 'in the last hour'], ['day', '24 hours', 'in the last 24 hours'], ['week', '7 days', 'in the last 7 days']];
const ChartMs = 30000;

const linked = (group, status, value) => value ? link('deliveries', { group, status }, number(value)) : h('span', { class: 'quiet' }, '0');

const rate = value => value < 10 ? value : Math.round(value);

// Nothing works for it, and nothing is paused: to pause it would do nothing.
const isLeft = one => !one.consumers && !one.pause && one.name !== '$triggers';

// What was set in place of what processes are configured with.
const atATime = one => one.concurrencySet ? h('div', { class: 'sub', title: `set by ${one.concurrencySet.by ?? 'not said'}` },
  `${number(one.concurrencySet.concurrency)} at a time in all`) : '';

export function overview(_, session, refresh) {
  const findings = h('div', { class: 'findings' });
  const charts = h('div', { class: 'charts' });
  let [span, drawnAt, lastFindings, lastGroups, rates, drawnFor] = ['day', 0, '', undefined, undefined, 0];

  const groups = table('Groups', [
    { title: 'Group', kind: 'name', cell: one => [
      h('b', {}, one.name), one.name === '$triggers' ? h('div', { class: 'quiet' }, 'matches events with triggers')
        : h('div', { class: 'quiet clip', title: one.types.join('\n') }, one.types.join(', '))] },
    { title: 'State', kind: 'state', cell: one => one.pause
      ? [badge('Paused'), h('div', { class: 'quiet' }, one.pause.until ? ['ends ', time(one.pause.until)] : 'until resumed')]
      : one.consumers || one.name === '$triggers' ? badge('Runs', 'good') : badge('No consumer', 'bad') },
    { title: 'Ready', kind: 'number', cell: one => [
      linked(one.name, 'Ready', one.counts.ready),
      one.counts.waiting ? h('div', { class: 'sub', title: `${number(one.counts.waiting)} wait for others of their key` },
        link('keys', { group: one.name }, 'by key')) : ''] },
    { title: 'Lag', kind: 'number', cell: one => seconds(one.counts.lag) > 60 && !one.pause
      ? h('span', { class: 'bad' }, link('deliveries', { group: one.name, status: 'Ready' }, length(one.counts.lag)))
      : length(one.counts.lag) },
    { title: 'Per minute', kind: 'number', cell: one => [
      linked(one.name, 'Processed', rate(one.processedPerMinute)),
      one.failedPerMinute ? h('div', { class: 'bad sub' }, link('deliveries', { group: one.name, status: 'Delayed' },
        `${number(rate(one.failedPerMinute))} failed`)) : '',
      one.firedPerMinute ? h('div', { class: 'sub' }, link('triggers', {}, `${number(rate(one.firedPerMinute))} fired`)) : ''] },
    { title: 'Running', kind: 'number', cell: one => linked(one.name, 'Leased', one.counts.leased) },
    { title: 'Delayed', kind: 'number', cell: one => linked(one.name, 'Delayed', one.counts.delayed) },
    { title: 'Dead', kind: 'number', cell: one => one.counts.dead
      ? h('span', { class: 'bad' }, linked(one.name, 'Dead', one.counts.dead)) : linked(one.name, 'Dead', 0) },
    { title: 'Consumers', kind: 'number', cell: one => [
      one.name === '$triggers' ? h('span', { class: 'quiet' }, 'all') : link('consumers', {}, number(one.consumers)), atATime(one)] },
    ...session.canChange ? [{ title: '', kind: 'action', cell: one => isLeft(one)
      ? button('Remove', () => removeGroup(one), { class: 'danger', 'aria-label': `Remove ${one.name}` })
      : h('div', { class: 'buttons' },
        one.pause ? button('Resume', () => resumeGroup(one.name), { 'aria-label': `Resume ${one.name}` })
          : button('Pause', () => pauseGroup(one.name), { 'aria-label': `Pause ${one.name}` }),
        button('Concurrency', () => setConcurrency(one), { 'aria-label': `Concurrency of ${one.name}` })) }] : [],
  ], one => one.name);

  const choice = { class: 'choice', role: 'group', 'aria-label': 'Time of the chart' };
  const spans = h('div', choice, Spans.map(([name, title]) => button(title, event => {
    span = name;
    for (const other of spans.children) other.setAttribute('aria-pressed', other === event.target);
    drawnAt = 0;
    refresh();
  }, { 'aria-pressed': String(name === span) })));

  async function draw() {
    drawnAt = Date.now();
    const asked = span;
    const found = await get('rates', { span });
    if (asked === span) show(found);
  }

  function show(found) {
    [rates, drawnFor] = [found, charts.clientWidth];
    charts.replaceChildren(rates.intervals.length
      ? chart(rates.intervals, span === 'week', Spans.find(one => one[0] === span)[2], Math.max(300, drawnFor - 30))
      : empty('No rates yet.', 'They are counted from the first delivery on.'));
  }

  const widths = new ResizeObserver(() => { if (rates && charts.clientWidth !== drawnFor) show(rates); });
  widths.observe(charts);

  const noGroups = empty('No group has subscribed yet.',
    'Start a host with a handler, for example AddHandler<OrderPlaced>(…), and it appears here.');
  const list = h('div', {}, groups.element);

  function update(now) {
    const text = JSON.stringify(now.findings);
    if (text !== lastFindings) {
      lastFindings = text;
      findings.replaceChildren(now.findings.length ? h('ul', {}, now.findings.map(one => h('li', { class: one.severity.toLowerCase() },
        h('a', { href: `#/${one.link}` }, one.text), h('span', { class: 'quiet' }, one.advice))))
        : h('p', { class: 'fine' }, '✓ Nothing is wrong.'));
    }
    groups.update(now.groups);
    if ((now.groups.length > 0) !== lastGroups) {
      lastGroups = now.groups.length > 0;
      list.replaceChildren(lastGroups ? groups.element : noGroups);
    }
  }

  return {
    title: 'Overview',
    element: h('div', {}, heading('Overview'), section('Now', findings), section('Groups', list),
      h('section', {}, h('div', { class: 'heading' }, h('h2', {}, 'Deliveries'), spans), charts)),
    update,
    refresh: () => Date.now() - drawnAt > ChartMs ? draw() : undefined,
    dispose: () => widths.disconnect(),
  };
}

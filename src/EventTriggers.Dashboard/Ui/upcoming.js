// What fires in the next 24 hours, on a time line.
import { get } from './api.js';
import { badge, count, empty, h, heading, link, number, section, svg } from './dom.js';
import { table } from './table.js';
import { clock, exact, time } from './times.js';
import { when } from './triggers.js';

const [Height, Left, Bottom, Top] = [150, 46, 24, 14];

// Bars for each half hour, drawn for a width so that the texts keep their size.
function timeline(found, Width) {
  const [from, before] = [Date.parse(found.from), Date.parse(found.before)];
  const most = Math.max(1, ...found.firings);
  const x = at => Left + (Width - Left - 8) * (at - from) / (before - from);
  const step = (before - from) / found.firings.length;
  const bars = found.firings.map((many, at) => {
    const [start, size] = [from + at * step, many ? Math.max(3, (Height - Top - Bottom) * many / most) : 0];
    return many ? svg('rect', { class: 'bar', x: x(start) + 1, y: Height - Bottom - size, height: size,
      width: Math.max(1, x(start + step) - x(start) - 2) },
    svg('title', {}, `${number(many)} from ${clock(start)} to ${clock(start + step)}`)) : undefined;
  });
  const hours = [];
  const every = Width < 560 ? 6 : 3;
  const first = new Date(from);
  first.setMinutes(0, 0, 0);
  for (let at = first.getTime() + 3600000; at < before; at += 3600000) {
    if (new Date(at).getHours() % every === 0) hours.push(svg('text', { x: x(at), y: Height - 6, 'text-anchor': 'middle' }, clock(at)));
  }
  const unlisted = found.listedUntil && Date.parse(found.listedUntil) < before
    ? svg('rect', { class: 'unlisted', x: x(Math.max(from, Date.parse(found.listedUntil))), y: Top,
      width: Math.max(0, Width - 8 - x(Math.max(from, Date.parse(found.listedUntil)))), height: Height - Top - Bottom }) : undefined;
  return svg('svg', { viewBox: `0 0 ${Width} ${Height}`, role: 'img', class: 'timeline',
    'aria-label': `${number(found.firings.reduce((sum, many) => sum + many, 0))} firings in the next 24 hours` },
  svg('g', { class: 'grid' }, svg('line', { x1: Left, x2: Width - 8, y1: Height - Bottom, y2: Height - Bottom }),
    svg('text', { x: Left - 6, y: Top + 8, 'text-anchor': 'end' }, number(most)),
    svg('text', { x: Left - 6, y: Height - Bottom, 'text-anchor': 'end' }, '0')), unlisted, bars, hours);
}

export function upcoming() {
  const line = h('figure', { class: 'chart timelines' });
  const note = h('p', { class: 'quiet', role: 'status' });
  const rows = table('Triggers that fire in the next 24 hours', [
    { title: 'Due', kind: 'time', cell: row => Date.parse(row.trigger.dueAt) < Date.now() - 10000
      ? [badge('Overdue', 'bad'), ' ', time(row.trigger.dueAt)] : time(row.trigger.dueAt) },
    { title: 'Trigger', kind: 'name', cell: row => link('trigger', { id: row.trigger.id }, row.trigger.id) },
    { title: 'When', kind: 'wide', cell: row => when(row.trigger) },
    { title: 'Publishes', kind: 'wide', cell: row =>
      link('type', { name: row.trigger.eventType }, row.trigger.eventType) },
    { title: 'In 24 hours', kind: 'number', cell: row => `${row.isEstimate ? 'about ' : ''}${number(row.count)}×` },
  ], row => row.trigger.id);
  const nothing = empty('Nothing fires in the next 24 hours.',
    'Triggers that wait for events are not listed here. ', link('triggers', {}, 'All triggers'));
  const list = h('div', {}, rows.element);
  let [found, drawnFor] = [undefined, 0];

  function draw() {
    drawnFor = line.clientWidth;
    const often = found.rows.filter(row => !row.isCharted).length;
    line.replaceChildren(h('figcaption', {}, h('span', { class: 'key series-0' }, 'Firings, by the half hour'), often
      ? h('span', { class: 'quiet' },
        `without ${count(often, 'trigger that fires', 'triggers that fire')} more often than every 15 minutes`) : ''),
      timeline(found, Math.max(280, drawnFor - 30)));
  }
  const widths = new ResizeObserver(() => { if (found && line.clientWidth !== drawnFor) draw(); });
  widths.observe(line);

  return {
    title: 'Upcoming',
    element: h('div', {}, heading('Upcoming', link('triggers', {}, 'All triggers')), line, section('Next', list), note),
    async refresh() {
      found = await get('upcoming');
      rows.update(found.rows);
      line.hidden = found.rows.length === 0;
      if (!line.hidden) draw();
      const shown = found.rows.length ? rows.element : nothing;
      if (list.firstChild !== shown) list.replaceChildren(shown);
      note.textContent = [
        found.listedUntil
          ? `Only the first ${number(found.rows.length)} are shown, those that are due until ${exact(found.listedUntil)}.` : '',
        found.unreadPartitions.length ? `Partition ${found.unreadPartitions.join(', ')} could not be read.` : '',
      ].filter(Boolean).join(' ');
    },
    dispose: () => widths.disconnect(),
  };
}

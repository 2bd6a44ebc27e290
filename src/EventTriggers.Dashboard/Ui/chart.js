// A chart of rates over time.
import { h, number, svg } from './dom.js';

const [Height, Left, Bottom, Top] = [220, 46, 24, 10];

export const Series = [
  { name: 'Published', of: one => one.published },
  { name: 'Processed', of: one => one.processed },
  { name: 'Failed', of: one => one.failed },
  { name: 'Dead', of: one => one.dead },
];

// The next number of 1, 2 or 5 and zeros.
function ceiling(value) {
  const size = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map(step => step * size).find(step => step >= value) ?? 1;
}

const clock = (at, isLong) => new Date(at).toLocaleString(undefined,
  isLong ? { weekday: 'short', hour: '2-digit', minute: '2-digit' } : { hour: '2-digit', minute: '2-digit' });

// Drawn for a width, so that its texts keep their size.
export function chart(intervals, isLong, unit, Width) {
  const top = ceiling(Math.max(4, ...intervals.flatMap(one => Series.map(series => series.of(one) ?? 0))));
  const x = at => Left + (Width - Left - 8) * at / Math.max(1, intervals.length - 1);
  const y = value => Top + (Height - Top - Bottom) * (1 - value / top);
  const sums = Series.map(series => intervals.reduce((sum, one) => sum + (series.of(one) ?? 0), 0));

  const grid = [0, 0.5, 1].map(part => svg('g', { class: 'grid' },
    svg('line', { x1: Left, x2: Width - 8, y1: y(top * part), y2: y(top * part) }),
    svg('text', { x: Left - 6, y: y(top * part) + 4, 'text-anchor': 'end' }, number(top * part))));
  const every = Math.max(1, Math.round(intervals.length / Math.max(2, Math.min(8, Math.floor(Width / 130)))));
  const hours = intervals.map((one, at) => at % every === 0 && at < intervals.length - every / 2 && svg('text',
    { class: 'hour', x: x(at), y: Height - 6, 'text-anchor': at === 0 ? 'start' : 'middle' }, clock(one.at, isLong)));
  // The last interval is under way: what it has so far is no fall.
  const lines = Series.flatMap((series, at) => {
    const points = intervals.map((one, i) => `${x(i).toFixed(1)},${y(series.of(one) ?? 0).toFixed(1)}`);
    return [svg('polyline', { class: `line series-${at}`, points: points.slice(0, -1).join(' ') }),
      svg('polyline', { class: `line running series-${at}`, points: points.slice(-2).join(' ') })];
  });
  const mark = svg('line', { class: 'mark', y1: Top, y2: Height - Bottom, visibility: 'hidden' });
  const picture = svg('svg', {
    viewBox: `0 0 ${Width} ${Height}`, role: 'img',
    'aria-label': Series.map((series, at) => `${series.name}: ${number(sums[at])}`).join(', '),
  }, grid, hours, lines, mark);

  const legend = Series.map((series, at) => {
    const value = h('b', {}, number(sums[at]));
    return { value, element: h('span', { class: `key series-${at}` }, `${series.name} `, value) };
  });
  const when = h('span', { class: 'quiet' }, unit);
  const show = (texts, word) => {
    legend.forEach((one, at) => { one.value.textContent = texts[at]; });
    when.textContent = word;
  };
  picture.addEventListener('pointermove', event => {
    const box = picture.getBoundingClientRect();
    const part = ((event.clientX - box.left) / box.width * Width - Left) / (Width - Left - 8);
    const at = Math.min(intervals.length - 1, Math.max(0, Math.round(part * (intervals.length - 1))));
    mark.setAttribute('visibility', 'visible');
    mark.setAttribute('x1', x(at));
    mark.setAttribute('x2', x(at));
    show(Series.map(series => number(series.of(intervals[at]) ?? 0)), `at ${clock(intervals[at].at, isLong)}`);
  });
  picture.addEventListener('pointerleave', () => {
    mark.setAttribute('visibility', 'hidden');
    show(sums.map(number), unit);
  });
  return h('figure', { class: 'chart' }, h('figcaption', {}, legend.map(one => one.element), when), picture);
}

// Causes and effects of an event, from left to right: what triggers matched, who published it, and what was published for it.
import { badge, button, h, link } from './dom.js';
import { get } from './api.js';
import { time } from './times.js';

const node = (kind, title, ...inside) => h('li', { class: `node ${kind}` }, h('span', { class: 'quiet' }, title), ...inside);
const column = (title, ...nodes) => h('div', { class: 'column', role: 'group', 'aria-label': title }, h('ul', {}, nodes));
const arrow = () => h('span', { class: 'arrow', 'aria-hidden': 'true' }, '→');
const statuses = deliveries => h('div', {}, deliveries.map(one =>
  h('div', {}, badge(one.status), h('span', { class: 'quiet' }, ` ${one.group}`))));

function causes(found) {
  const { firing } = found;
  if (!firing) return [column('Cause', node('program', 'Published by', h('div', {}, 'a program')))];
  return [
    firing.sources.length ? [column('Matched events', firing.sources.map(source => node('event', source.type,
      h('div', {}, link('event', { id: source.id }, source.id)), h('div', { class: 'quiet' }, time(source.publishedAt))))), arrow()] : '',
    column('Cause', node('trigger', 'Raised by trigger', h('div', {}, link('trigger', { id: firing.triggerId }, firing.triggerId)),
      h('div', { class: 'quiet' }, `firing ${firing.sequence}, `, time(firing.firedAt)))),
  ].flat();
}

function effects(id, known) {
  const raised = known.triggers.filter(one => one.raisedId).map(one => node('event', ['by trigger ',
    link('trigger', { id: one.triggerId, event: id }, one.triggerId)],
  h('div', {}, link('event', { id: one.raisedId }, one.raisedId)), h('div', { class: 'quiet' }, one.raisedType ?? 'its retention is over'),
  one.deliveries ? statuses(one.deliveries) : ''));
  const published = known.followUps.map(row => node('event', 'follow-up, or of the same key',
    h('div', {}, link('event', { id: row.id }, row.id)),
    h('div', { class: 'quiet' }, row.type)));
  const all = [...raised, ...published];
  return column('Effects', all.length ? all : node('none', 'Effects', h('div', {}, 'none so far')));
}

// The triggers that watch its type and did not fire for it, with the reason.
function others(id, known) {
  const quiet = known.triggers.filter(one => !one.raisedId);
  if (!quiet.length && !known.hasMoreTriggers) return '';
  return h('details', {}, h('summary', {}, `${quiet.length} other ${quiet.length === 1 ? 'trigger watches' : 'triggers watch'} its type`),
    h('ul', { class: 'fields' }, quiet.map(one => h('li', {}, link('trigger', { id: one.triggerId, event: id }, one.triggerId), ' ',
      badge(one.verdict, 'leased'), ' ', h('span', { class: 'quiet' }, one.reason)))),
    known.hasMoreTriggers ? h('p', { class: 'quiet' }, 'More triggers watch it; they were not asked.') : '');
}

export function graph(found) {
  const flow = h('div', { class: 'flow' });
  const rest = h('div');
  const again = button('Look again', () => load());
  const draw = (...after) => flow.replaceChildren(...causes(found).flat(), arrow(), column('This event',
    node('event this', found.type, h('div', {}, h('b', {}, found.id)), statuses(found.deliveries))), arrow(), ...after);

  async function load() {
    again.disabled = true;
    try {
      const known = await get('effects', { id: found.id });
      draw(effects(found.id, known));
      rest.replaceChildren(others(found.id, known));
    } catch (problem) {
      rest.replaceChildren(h('p', { class: 'error' }, `${problem.title}. ${problem.message}`));
    } finally {
      again.disabled = false;
    }
  }
  draw(column('Effects', node('none', 'Effects', h('div', {}, '…'))));
  load();
  return h('div', {}, flow, rest, again);
}

// One event: its payload, where it comes from, and each delivery with its attempts.
import { get } from './api.js';
import { badge, button, count, empty, facts, h, heading, link, parts, section } from './dom.js';
import { isOpen } from './deliveries.js';
import { cancelEvent, discard, redrive } from './dialogs.js';
import { graph } from './effects.js';
import { payload } from './payload.js';
import { moment } from './times.js';

const attempt = one => h('li', { class: 'attempt' },
  h('div', {}, h('b', {}, `Attempt ${one.number}`), ' ', badge(one.outcome), ' ', moment(one.endedAt),
    one.consumer ? h('span', { class: 'quiet' }, ` · ${one.consumer}`) : ''),
  one.errorType || one.message ? h('div', { class: 'error' }, [one.errorType, one.message].filter(Boolean).join(': ')) : '',
  one.stackTrace ? h('details', {}, h('summary', {}, 'Stack trace'), h('pre', { tabindex: '0' }, one.stackTrace)) : '');

const links = ids => ids.map((id, at) => [at ? ', ' : '', link('event', { id }, id)]);

// Why a delivery has not been handled yet.
function reason(one) {
  switch (one?.reason) {
    case 'Claimable': return 'A consumer claims it next, after those that became ready before.';
    case 'GroupPaused':
      return one.until ? ['The group is paused until ', moment(one.until), '.'] : 'The group is paused, until it is resumed.';
    case 'KeyTaken': return ['Others of its key have their turn: ', links(one.behind), '.'];
    case 'KeyHeld': return ['Its key waits behind the dead letter ', links(one.behind), ': redrive or discard that one.'];
    case 'KeyLimited': return ['As many of its key have begun as may for now; the next may ',
      one.until ? moment(one.until) : 'soon', '.'];
    case 'RateLimited': return ['A limit of the group grants nothing until ', moment(one.until), '.'];
    case 'NameTaken': return ['Another event with its name runs: ', links(one.behind), '.'];
    case 'Parked': return 'It waits for a host that handles its type.';
    case 'NoConsumer': return 'No live host of the group handles its type.';
    case 'NotDue': return one.until ? ['It is due ', moment(one.until), '.'] : '';
    case 'Leased': return [`Consumer ${one.consumer ?? ''} holds it`,
      one.until ? ['; its lease ends ', moment(one.until), ', unless it is renewed.'] : '.'];
    default: return '';
  }
}

function deliveryOf(id, one, why, session, refresh) {
  return h('article', { class: 'card' },
    h('div', { class: 'heading' },
      h('h3', {}, link('deliveries', { group: one.group }, one.group), ' ', badge(one.status),
        one.attempt ? h('span', { class: 'quiet' }, ` ${count(one.attempt, 'attempt', 'attempts')}`) : ''),
      session.canChange && one.status === 'Dead' ? [button('Redrive', () => redrive(id, one.group, refresh)),
        button('Discard', () => discard(id, one.group, refresh), { class: 'danger' })] : ''),
    reason(why) ? h('p', { class: 'quiet' }, reason(why)) : '',
    one.crashes ? h('p', { class: 'error' }, `${count(one.crashes, 'consumer was', 'consumers were')} lost while handling it.`) : '',
    one.error && !one.attempts?.length ? h('p', { class: 'error' }, one.error) : '',
    one.attempts?.length ? h('ol', { class: 'attempts' }, one.attempts.map(attempt)) : '');
}

function about(found) {
  const group = found.deliveries[0]?.group;
  return facts([
    ['Type', link('type', { name: found.type }, found.type)], ['Published', moment(found.publishedAt)], 
    ['Due', moment(found.dueAt)], ['Missed before it', found.firing?.missed || undefined],
    ['Expires', moment(found.expiresAt)],
    ['Correlation id', found.correlationId && (group
      ? link('deliveries', { group, correlationId: found.correlationId }, found.correlationId) : found.correlationId)],
    ['Key', found.key && (group ? link('deliveries', { group, key: found.key }, found.key) : found.key)],
    ['Priority', found.priority],
    ['Unique', found.unique],
    ['Canceled', found.isCanceled ? 'before any group took it' : undefined],
  ]);
}

function headers(found) {
  if (found.headers === undefined) return h('p', { class: 'quiet' }, 'You may not see headers here.');
  return Object.keys(found.headers).length ? facts(Object.entries(found.headers)) : h('p', { class: 'quiet' }, 'There are none.');
}

export function event(query, session, refresh) {
  const element = h('div', {}, heading(query.id ?? 'Event'));
  const show = parts(element);

  function shown(found) {
    if (!found) {
      return [['none', query.id, () => h('div', {}, heading(query.id),
        empty('There is no such event.', 'It was never published, or its retention is over.'))]];
    }
    const isOpenSomewhere = found.deliveries.some(one => isOpen(one.status));
    return [
      ['heading', isOpenSomewhere, () => heading(found.id, session.canChange && isOpenSomewhere
        ? button('Cancel the event', () => cancelEvent(found.id, refresh), { class: 'danger' }) : '')],
      found.unreadable && ['unreadable', found.unreadable, () => h('p', { class: 'error' }, found.unreadable)],
      ['about', [found.type, found.dueAt, found.expiresAt, found.isCanceled, found.deliveries[0]?.group], () => about(found)],
      ['deliveries', found.deliveries.length, () => section('Deliveries',
        found.deliveries.length ? '' : empty('No group has taken it.', 'It waits for the first group that subscribes to its type.'))],
      ...found.deliveries.map(one => [one, found.explanations.find(why => why.group === one.group)]).map(([one, why]) =>
        [`delivery ${one.group}`, [one, why], () => deliveryOf(found.id, one, why, session, refresh)]),
      ['graph', [found.firing, found.deliveries.map(one => [one.group, one.status])],
        () => section('Causes and effects', graph(found))],
      ['payload', found.payload, () => section('Payload', payload(found.payload))],
      ['headers', found.headers, () => section('Headers', headers(found))],
    ];
  }

  return {
    title: `Event ${query.id}`,
    element,
    async refresh() {
      show(shown(await get('event', { id: query.id }).catch(problem => {
        if (problem.status !== 404) throw problem;
        return undefined;
      })));
    },
  };
}

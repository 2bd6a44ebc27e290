// One trigger: what it waits for, what it publishes, when it fires next and when it did.
import { get } from './api.js';
import { badge, button, empty, facts, h, heading, link, number, parts, section } from './dom.js';
import { ask, change } from './dialogs.js';
import { layout, wanted } from './pattern.js';
import { payload } from './payload.js';
import { table } from './table.js';
import { exact, length, moment, time } from './times.js';
import { when } from './triggers.js';

const local = at => {
  const date = at ? new Date(at) : new Date();
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};

function actions(one, refresh) {
  const { id } = one.trigger;
  const act = (path, undo) => change(`triggers/${path}`, { id }, refresh, undo);
  const fire = async () => {
    if (await ask('Fire it now?', `It publishes its event (${one.trigger.eventType}) immediately, even if it is paused.`, 'Fire now')) {
      await act('fire');
    }
  };
  const move = async () => {
    const answer = await ask('Move it', 'When is it due instead? In the time zone of this browser.', 'Move',
      [['at', 'Due', h('input', { type: 'datetime-local', required: true, value: local(one.trigger.dueAt) })]]);
    if (answer?.at) await change('triggers/reschedule', { id, dueAt: new Date(answer.at).toISOString() }, refresh);
  };
  const cancel = async () => {
    if (await ask('Cancel this trigger?', 'It never fires again. This cannot be undone.', 'Cancel the trigger', [], true)) {
      await act('cancel');
    }
  };
  return h('div', { class: 'buttons' },
    one.trigger.status === 'Paused' ? button('Resume', () => act('resume', () => act('pause')))
      : button('Pause', () => act('pause', () => act('resume'))),
    one.trigger.kind === 'On' ? '' : [button('Fire now', fire), button('Move', move)],
    button('Cancel', cancel, { class: 'danger' }));
}

function overTime(rule) {
  return section('Over time', facts([
    ['Rule', rule.kind], ['Count', rule.count], ['Within', length(rule.span)],
    ['At the latest after', length(rule.maxWait)], ['Per', rule.per],
    ['Then', rule.nextType], ['Then matching', rule.nextPattern && h('code', {}, rule.nextPattern)],
    ['Distinct by', rule.distinctBy], ['Distinct within', length(rule.distinctSpan)],
    ['At most', rule.atMost], ['At most within', length(rule.atMostSpan)],
  ]));
}

function upcoming(one) {
  if (one.nextProblem) return h('p', { class: 'error' }, one.nextProblem);
  if (!one.next.length) return h('p', { class: 'quiet' }, 'It does not fire any more.');
  return h('ol', { class: 'times' }, one.next.map(at => h('li', {}, exact(at), h('span', { class: 'quiet' }, ' · '), time(at))));
}

function history(list) {
  const rows = table('History', [
    { title: 'Due', kind: 'wide', cell: row => row.unreadable ? h('span', { class: 'error' }, row.unreadable) : exact(row.dueAt) },
    { title: 'Fired', kind: 'time', cell: row => time(row.firedAt) },
    { title: 'Late by', kind: 'number', cell: row => length(row.lateness) },
    { title: 'Event', kind: 'name', cell: row => row.eventId
      ? [row.wasSkipped ? 'skipped, because this had not ended: ' : '', link('event', { id: row.eventId }, row.eventId)] : '' },
  ], row => `${row.dueAt} ${row.firedAt} ${row.eventId}`);
  rows.update(list);
  return list.length ? rows.element : h('p', { class: 'quiet' }, 'Recurring triggers remember their last 20 firings; there are none yet.');
}

const Roles = { Source: 'The trigger waits for it', Following: 'It follows, or answers, another event', Cancel: 'It cancels the trigger' };

const verdict = holds => badge(holds === undefined ? 'unknown' : holds ? 'holds' : 'differs', holds ? 'good' : 'warning');

const condition = one => h('div', { class: 'card' },
  h('div', {}, verdict(one.holds), ' ', Roles[one.role]),
  one.fields.length ? h('ul', { class: 'fields' }, one.fields.map(field => h('li', { class: field.holds ? 'good' : 'error' },
    field.holds ? '✓ ' : '✗ ', h('code', {}, field.path), ' must be ', h('code', {}, wanted(field.wanted)), ', is ',
    field.found === undefined ? 'missing' : h('code', {}, field.found)))) : '');

const explanation = one => h('div', {},
  h('p', {}, badge(one.verdict, 'leased'), ' ', one.reason),
  facts([
    ['Key', one.key], ['Events that count', one.events?.length ? h('ul', {}, one.events.map(counted => h('li', {},
      link('event', { id: counted.id }, counted.id), ' ', time(counted.publishedAt)))) : undefined],
    ['Missing', one.missing], ['Until', moment(one.until)], ['Due', moment(one.dueAt)], ['Free again', moment(one.freeAt)],
    ['Answered by', one.answeredBy && link('event', { id: one.answeredBy }, one.answeredBy)],
    ['Same value as', one.sameValueAs && link('event', { id: one.sameValueAs }, one.sameValueAs)],
    ['Raised', one.raisedId && link('event', { id: one.raisedId }, one.raisedId)],
  ]),
  one.conditions === undefined ? h('p', { class: 'quiet' }, 'You may not see payloads here, so conditions are left out.')
    : one.conditions.map(condition));

// Why it fires for an event, or does not. It changes nothing.
function explain(id, chosen) {
  const answer = h('div', { 'aria-live': 'polite' });
  const input = h('input', { name: 'event', value: chosen ?? '', autocomplete: 'off', spellcheck: 'false', required: true });
  const show = async () => {
    try {
      answer.replaceChildren(explanation(await get('explain', { trigger: id, event: input.value.trim() })));
    } catch (problem) {
      answer.replaceChildren(h('p', { class: 'error' }, `${problem.title}. ${problem.message}`));
    }
  };
  const form = h('form', { class: 'filters' }, h('label', {}, 'Id of an event', input), h('button', { type: 'submit' }, 'Explain'));
  form.addEventListener('submit', event => { event.preventDefault(); show(); });
  if (chosen) show();
  return section('Why does it fire for an event, or not?', form, answer);
}

function pattern(view) {
  const laid = view.text && layout(view.text);
  return laid ? [laid, h('details', {}, h('summary', {}, 'As JSON'), payload(view))] : payload(view);
}

function about(one) {
  const row = one.trigger;
  return facts([
    ['When', when(row)], ['Publishes', link('type', { name: row.eventType }, row.eventType)], 
    ['Due', moment(row.dueAt)], ['Last fired', moment(row.lastFiredAt)],
    ['Fired', number(row.firingCount) + (one.maxFirings ? ` of ${number(one.maxFirings)}` : '')],
    ['Added', moment(one.addedAt)], ['Starts', moment(one.startsAt)], ['Until', moment(one.until)],
    ['Missed occurrences', one.misfire && { once: 'fire once', skip: 'are skipped' }[one.misfire] || one.misfire],
    ['Skips', one.skipsWhileRunning ? 'while the event before has not ended' : undefined],
    ['Not on', one.exceptOn.join(', ')], ['Tags', row.tags.join(', ')], ['Canceled by', one.cancelOn?.type],
    ['Events', link('deliveries', { trigger: row.id }, 'deliveries that it raised')],
  ]);
}

export function trigger(query, session, refresh) {
  const element = h('div', {}, heading(query.id ?? 'Trigger'));
  const why = explain(query.id, query.event);
  const show = parts(element);

  function shown(one) {
    if (!one) {
      return [['none', query.id, () => h('div', {}, heading(query.id),
        empty('There is no such trigger.', 'It was never added, or its retention is over.'))]];
    }
    const row = one.trigger;
    const isAlive = ['Active', 'Paused'].includes(row.status);
    const hasHeaders = one.headers && Object.keys(one.headers).length > 0;
    return [
      ['heading', [row.status, row.dueAt], () => heading(
        row.id, badge(row.status), session.canChange && isAlive ? actions(one, refresh) : '')],
      row.error && ['error', row.error, () => h('p', { class: 'error' }, row.error)],
      ['about', { ...one, history: undefined, next: undefined }, () => about(one)],
      row.kind !== 'On' && ['next', [one.next, one.nextProblem, row.status], () => section('Next', upcoming(one))],
      ['Every', 'Cron'].includes(row.kind) && ['history', one.history, () => section('History', history(one.history))],
      row.kind === 'On' && ['why', 0, () => why],
      one.pattern && ['pattern', one.pattern, () => section('Events must match', pattern(one.pattern))],
      one.overTime && ['over time', one.overTime, () => overTime(one.overTime)],
      ['payload', one.payload, () => section(one.template ? 'Payload, before the template' : 'Payload', payload(one.payload))],
      one.template && ['template', one.template, () => section('Template', payload(one.template))],
      hasHeaders && ['headers', one.headers, () => section('Headers', facts(Object.entries(one.headers)))],
    ];
  }

  return {
    title: `Trigger ${query.id}`,
    element,
    async refresh() {
      show(shown(await get('trigger', { id: query.id }).catch(problem => {
        if (problem.status !== 404) throw problem;
        return undefined;
      })));
    },
  };
}

// Confirmations, messages that go by themselves, and changes.
import { post } from './api.js';
import { button, count, h } from './dom.js';
import { live, refresh } from './live.js';
import { seconds } from './times.js';

export function toast(text, kind, undo) {
  const element = h('div', { class: `toast ${kind ?? ''}` }, h('span', {}, text));
  const close = () => element.remove();
  if (undo) element.append(button('Undo', () => { close(); undo(); }));
  element.append(button('×', close, { class: 'plain', 'aria-label': 'Close this message' }));
  document.getElementById('toasts').append(element);
  setTimeout(close, kind === 'bad' ? 15000 : 8000);
}

// Asks, with fields if there are some. Answers the values of the fields, or undefined.
export function ask(title, text, action, fields = [], dangerous = false) {
  return new Promise(resolve => {
    const values = () => Object.fromEntries(fields.map(([name, , field]) => [name, field.value]));
    const done = h('button', { type: 'submit', class: dangerous ? 'danger' : 'primary' }, action);
    const form = h('form', { method: 'dialog' },
      h('h2', { id: 'dialog-title' }, title), h('p', {}, text),
      fields.map(([, title, field]) => h('label', {}, title, field)),
      h('div', { class: 'buttons' }, button('Not now', () => dialog.close()), done));
    const dialog = h('dialog', { 'aria-labelledby': 'dialog-title' }, form);
    let answer;
    form.addEventListener('submit', event => {
      event.preventDefault();
      answer = values();
      dialog.close();
    });
    dialog.addEventListener('close', () => { dialog.remove(); resolve(answer); });
    document.body.append(dialog);
    dialog.showModal();
    (fields[0]?.[2] ?? done).focus();
  });
}

// Makes a change and says what came of it; then the page shows what is so.
export async function change(path, body, after, undo, query) {
  try {
    const result = await post(path, body, query);
    toast(result.message, result.isDone ? 'good' : '', result.isDone ? undo : undefined);
  } catch (problem) {
    toast(`${problem.title}. ${problem.message}`, 'bad');
  }
  await Promise.allSettled([refresh(), after?.()]);
}

export async function pauseGroup(group, after) {
  const minutes = h('select', {}, [['', 'until it is resumed'], ['15', 'for 15 minutes'], ['60', 'for an hour'], ['480', 'for 8 hours'],
    ['1440', 'for a day']].map(([value, title]) => h('option', { value }, title)));
  const answer = await ask(
    `Pause ${group}?`, 'Its consumers finish what runs and claim nothing more. Deliveries wait; none is lost.', 'Pause',
    [['minutes', 'How long', minutes], ['reason', 'Why, for others to see', h('input', { maxlength: '500', autocomplete: 'off' })]]);
  if (!answer) return;
  await change('groups/pause',
    { group, minutes: answer.minutes ? Number(answer.minutes) : undefined, reason: answer.reason || undefined }, after,
    () => change('groups/resume', { group }, after));
}

export const resumeGroup = (group, after) => change('groups/resume', { group }, after);

export async function setConcurrency(one, after) {
  const set = one.concurrencySet?.concurrency;
  const field = h('input', { type: 'number', min: '1', max: '100000', value: String(set ?? ''), placeholder: 'as each is configured' });
  const answer = await ask(`Set the concurrency of ${one.name}?`,
    'How many deliveries all processes together handle at a time. Each gets a share. A lower number applies as handlers end.',
    'Set', [['concurrency', 'Deliveries at a time; empty for as many as each process is configured with', field]]);
  if (!answer) return;
  await change('groups/concurrency',
    { group: one.name, concurrency: answer.concurrency ? Number(answer.concurrency) : undefined }, after,
    () => change('groups/concurrency', { group: one.name, concurrency: set }, after));
}

export async function removeGroup(one, after) {
  const kept = Object.values(one.counts).filter(value => typeof value === 'number').reduce((sum, value) => sum + value, 0);
  const what = `${count(one.types.length, 'type', 'types')}, and ${count(kept, 'delivery', 'deliveries')}`;
  if (await ask(`Remove ${one.name}?`,
    `It is unsubscribed from ${what} of it, dead letters among them, are deleted. This cannot be undone.`, 'Remove the group', [], true)) {
    await change('groups/remove', { group: one.name }, after);
  }
}

export async function setLimit(one, after) {
  const whole = (value, most, more) => h('input',
    { type: 'number', min: '1', max: String(most), value: String(value), required: '', ...more });
  const answer = await ask(`Change the limit ${one.name}?`,
    'The numbers hold for all processes from the next delivery on, until they are reset.', 'Change',
    [['count', 'How many may begin', whole(one.limit.count, 1000000)],
      ['seconds', 'in so many seconds', whole(seconds(one.limit.per), 2592000, { min: '0.001', step: 'any' })],
      ['burst', 'and at once after a pause', whole(one.limit.burst, 10000)]]);
  if (!answer) return;
  const before = { name: one.name, count: one.limit.count, seconds: seconds(one.limit.per), burst: one.limit.burst };
  await change('limits/set',
    { name: one.name, count: Number(answer.count), seconds: Number(answer.seconds), burst: Number(answer.burst) }, after,
    () => one.setAt ? change('limits/set', before, after) : resetLimit(one.name, after));
}

export const resetLimit = (name, after) => change('limits/reset', { name }, after);

export async function discardUnrouted(type, after) {
  const many = live.overview?.unrouted.types.find(one => one.type === type)?.count;
  if (await ask(`Discard ${many === undefined ? 'all events' : count(many, 'event', 'events')} of ${type}?`,
    'No group has taken them, and none will get them any more. This cannot be undone.', 'Discard', [], true)) {
    await change('unrouted/discard', { type }, after);
  }
}

export async function redrive(id, group, after) {
  if (await ask('Redrive this dead letter?',
    'It becomes ready again, and its attempts start at zero. Handlers that succeeded do not run again.', 'Redrive')) {
    await change('events/redrive', { id, group }, after);
  }
}

export async function discard(id, group, after) {
  if (await ask('Give up this dead letter?',
    'It is not handled any more, and cannot be redriven. This cannot be undone.', 'Discard', [], true)) {
    await change('events/discard', { id, group }, after);
  }
}

const Verbs = {
  redrive: ['Redrive', 'They become ready again. Those that die while this runs are not touched.', false],
  discard: ['Discard', 'They are given up, and cannot be redriven. This cannot be undone.', true],
  cancel: ['Cancel', 'No handler of this group runs for them; those that run are asked to stop. This cannot be undone.', true],
};

// how: redrive, discard or cancel; what: how many, in words.
export async function bulk(how, query, what, after) {
  const [verb, text, dangerous] = Verbs[how];
  const rate = h('input', { type: 'number', min: '1', max: '1000000', placeholder: 'no limit' });
  const answer = await ask(`${verb} ${what}?`, `${text} The consumers do it in the background, and it can be stopped.`, verb,
    [['rate', 'At most so many in a second', rate]], dangerous);
  if (answer) await change(`deliveries/${how}`, { ratePerSecond: answer.rate ? Number(answer.rate) : undefined }, after, undefined, query);
}

export async function stopOperation(id, after) {
  if (await ask('Stop this operation?', 'What it has changed stays changed.', 'Stop it')) await change('operations/stop', { id }, after);
}

export async function cancelEvent(id, after) {
  if (await ask('Cancel this event?',
    'No handler runs for it any more, in any group; one that runs is asked to stop. This cannot be undone.',
    'Cancel the event', [], true)) {
    await change('events/cancel', { id }, after);
  }
}

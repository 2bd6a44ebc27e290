// Shows JSON as a tree, or as it is written.
import { button, h, number, visible } from './dom.js';

const [Most, MostText] = [100, 1000];

// A number as it is written: 12345678901234567890 and 1.50 would not survive being a number here.
class Written {
  constructor(text) { this.text = text; }
}

const parse = text => JSON.parse(text, (_, value, context) =>
  typeof value === 'number' && context?.source !== undefined ? new Written(context.source) : value);

function leaf(value) {
  if (typeof value === 'string') return text(JSON.stringify(value));
  if (value instanceof Written) return h('span', { class: 'number' }, value.text);
  return h('span', { class: 'word' }, String(value));
}

// Of a long text its beginning, until the rest is asked for.
function text(written) {
  const element = h('span', { class: 'text' }, written.slice(0, MostText));
  if (written.length <= MostText) return element;
  const more = button(`${number(written.length - MostText)} more characters`, () => {
    more.remove();
    element.textContent = visible(written);
  }, { class: 'plain' });
  return [element, more];
}

const isBranch = value => value !== null && typeof value === 'object' && !(value instanceof Written);

function branch(name, value, depth) {
  const list = Array.isArray(value);
  const entries = list ? value.map((one, at) => [at, one]) : Object.entries(value);
  const inside = h('ul');
  const details = h('details', { open: depth < 2 && entries.length <= Most },
    h('summary', {}, name, h('span', { class: 'quiet' }, list ? `[${entries.length}]` : `{${entries.length}}`)), inside);
  let shown = 0;
  const show = () => {
    const end = Math.min(shown + Most, entries.length);
    for (; shown < end; shown++) inside.append(h('li', {}, node(...entries[shown], depth + 1)));
    if (shown < entries.length) {
      const more = h('li', {}, button(`${entries.length - shown} more`, () => { more.remove(); show(); }, { class: 'plain' }));
      inside.append(more);
    }
  };
  // What is not opened is not built.
  if (details.open) show();
  else details.addEventListener('toggle', show, { once: true });
  return details;
}

function node(key, value, depth) {
  const name = key === undefined ? undefined : h('span', { class: 'name' }, `${key}: `);
  return isBranch(value) ? branch(name, value, depth) : [name, leaf(value)];
}

export function payload(view) {
  if (!view) return undefined;
  if (view.text === undefined) return h('p', { class: 'quiet' }, view.hidden ?? 'There is none.');
  const written = h('pre', { class: 'json', tabindex: '0' }, view.text);
  let tree;
  try {
    tree = view.isCut ? undefined : h('div', { class: 'json tree' }, node(undefined, parse(view.text), 0));
  } catch {
    tree = undefined;
  }
  const element = h('div', { class: 'payload' });
  const bar = h('div', { class: 'buttons' },
    h('span', { class: 'quiet' }, `${view.bytes.toLocaleString('en-US')} bytes`, view.isCut ? ', the first 256 KB of them shown' : ''),
    tree && button('Text', event => {
      const isTree = element.lastChild === tree;
      element.lastChild.replaceWith(isTree ? written : tree);
      event.target.textContent = isTree ? 'Tree' : 'Text';
    }),
    navigator.clipboard && button('Copy', async event => {
      await navigator.clipboard.writeText(view.text).catch(() => undefined);
      event.target.textContent = 'Copied';
    }));
  element.append(bar, tree ?? written);
  return element;
}

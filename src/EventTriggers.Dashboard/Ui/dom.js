// Builds elements. Every text becomes a text node: nothing that comes from an event is ever parsed as markup.

// Characters that hide, or turn the direction of what follows, and halves of surrogate pairs: they are shown as escapes.
const Hidden = new RegExp(
  '[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]'
  + '|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]', 'g');

export const visible = text =>
  String(text).replace(Hidden, one => '\\u' + one.charCodeAt(0).toString(16).padStart(4, '0'));

// Attributes that are shown, or read out.
const Shown = ['title', 'aria-label', 'data-title'];

const SvgNames = 'http://www.w3.org/2000/svg';

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : Shown.includes(name) ? visible(value) : value);
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(visible(child)));
  }
}

export const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);

export const svg = (tag, properties, ...children) => fill(document.createElementNS(SvgNames, tag), properties, children);

export const link = (page, query, ...children) => h('a', { href: address(page, query) }, ...children);

// The address of a page: after the hash, so that it is the same under every path.
export function address(page, query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return `#/${page}${given.length ? '?' + new URLSearchParams(given) : ''}`;
}

export const badge = (word, kind) => h('span', { class: `badge ${kind ?? word.toLowerCase()}` }, word);

export const button = (text, onclick, properties) => h('button', { type: 'button', onclick, ...properties }, text);

export const heading = (title, ...beside) => h('div', { class: 'heading' }, h('h1', { tabindex: '-1' }, title), ...beside);

export const section = (title, ...children) => h('section', {}, h('h2', {}, title), ...children);

export const empty = (title, ...advice) => h('div', { class: 'empty' }, h('strong', {}, title), h('p', {}, ...advice));

// Pairs of a word and what it stands for; those without a value are left out.
export const facts = pairs => h('dl', { class: 'facts' }, pairs
  .filter(([, value]) => value !== undefined && value !== null && value !== '')
  .map(([word, value]) => h('div', {}, h('dt', {}, word), h('dd', {}, value))));

// Shows parts below one another: [name, what it shows, how it is built]. A part is built again only when what it shows has changed, so what
// was opened in another one stays open.
export function parts(element) {
  const known = new Map();
  return list => {
    const nodes = list.filter(Boolean).map(([name, data, build]) => {
      const text = JSON.stringify(data ?? null);
      const old = known.get(name);
      if (old?.text === text) return old.node;
      const node = build();
      known.set(name, { text, node });
      if (old?.node.parentNode === element) old.node.replaceWith(node);
      return node;
    });
    nodes.forEach((node, at) => {
      if (element.children[at] !== node) element.insertBefore(node, element.children[at] ?? null);
    });
    while (element.children.length > nodes.length) element.lastElementChild.remove();
  };
}

export const number = value => Number(value).toLocaleString('en-US', { maximumFractionDigits: 1 });

export const count = (value, one, more) => `${number(value)} ${value === 1 ? one : more}`;

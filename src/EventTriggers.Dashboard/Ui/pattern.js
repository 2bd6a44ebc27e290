// A pattern, laid out: one line for each member that is looked at, with what it must be.
import { h } from './dom.js';

const show = value => JSON.stringify(value);
const Signs = { '=': '=', '>': '>', '>=': '≥', '<': '<', '<=': '≤' };

function rule(one) {
  if (one === null || typeof one !== 'object') return show(one);
  const [[name, value]] = Object.entries(one);
  switch (name) {
    case 'numeric': {
      const pairs = [];
      for (let at = 0; at + 1 < value.length; at += 2) pairs.push(`${Signs[value[at]] ?? value[at]} ${show(value[at + 1])}`);
      return pairs.join(' and ');
    }
    case 'exists': return value ? 'anything' : 'absent';
    case 'anything-but': return `anything but ${[value].flat().map(rule).join(' or ')}`;
    default: return `${name.replaceAll('-', ' ')} ${show(value)}`;
  }
}

function lines(pattern, path) {
  return Object.entries(pattern).flatMap(([name, value]) => {
    if (name === '$or' && Array.isArray(value)) {
      return [{ either: value.map(choice => lines(choice, path)) }];
    }
    const at = path ? `${path}.${name}` : name;
    return Array.isArray(value) ? [{ path: at, rules: value.map(rule) }]
      : value !== null && typeof value === 'object' ? lines(value, at) : [{ path: at, rules: [show(value)] }];
  });
}

const laid = all => h('ul', { class: 'fields' }, all.map(one => h('li', {}, one.either
  ? ['one of', one.either.map(choice => laid(choice))]
  : [h('code', {}, one.path), ' is ', one.rules.map((text, at) => [at ? ' or ' : '', h('code', {}, text)])])));

// What a member must be, in words: alternatives as they stand in a pattern.
export function wanted(text) {
  try {
    return [JSON.parse(text)].flat().map(rule).join(' or ');
  } catch {
    return text;
  }
}

// Nothing for a text that is not a pattern.
export function layout(text) {
  try {
    const pattern = JSON.parse(text);
    return laid(lines(pattern, ''));
  } catch {
    return undefined;
  }
}

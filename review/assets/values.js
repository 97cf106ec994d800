// The rules for values, as far as a browser can hold them while a value is typed. The desk's state
// holds them again when it files (pipeline/deskvalues.go).

// digits is how many figures a number has.
const digits = { nhs_number: 10, chi_number: 10, hc_number: 10, npi: 10 };

const modulus11 = (d) => {
  const c = 11 - [...d.slice(0, 9)].reduce((s, x, i) => s + x * (10 - i), 0) % 11;
  return c !== 10 && c % 11 === Number(d[9]) && !/^(\d)\1+$/.test(d);
};
const luhn = (d) => [...`80840${d}`].reverse().reduce((s, x, i) => { const n = x * (1 + i % 2); return s + (n > 9 ? n - 9 : n); }, 0) % 10 === 0;
const day = (d) => { const m = Number(d.slice(2, 4)), n = Number(d.slice(0, 2)); return m >= 1 && m <= 12 && n >= 1 && n <= new Date(2000, m, 0).getDate(); };
const holds = {
  nhs_number: (d) => modulus11(d) || 'The check digit does not hold',
  chi_number: (d) => !modulus11(d) ? 'The check digit does not hold' : day(d) || 'The first six figures of a CHI number are the birth date',
  hc_number: (d) => !modulus11(d) ? 'The check digit does not hold' : d >= '3200000010' && d <= '3999999999' || 'An H&C number lies between 320 000 001x and 399 999 999x',
  npi: (d) => /^[12]/.test(d) && luhn(d) || 'The check digit does not hold',
};
const called = { nhs_number: 'An NHS number', chi_number: 'A CHI number', hc_number: 'An H&C number', npi: 'An NPI' };
const postcode = /^(GIR ?0AA|[A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]([0-9ABEHMNPRV-Y])?|[0-9][A-HJKPS-UW]) ?[0-9][ABD-HJLNP-UW-Z]{2}|ZZ99 ?[0-9][A-Z]{2})$/;
const months = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];

// typed says of a value what is wrong with it, or how it was understood (text), or nothing.
function typed(name, value, monthFirst) {
  const v = value.trim();
  if (!v) return {};
  if (digits[name]) {
    const d = v.replace(/[\s\u2013-]/g, '');
    if (!/^\d*$/.test(d)) return { wrong: `${called[name]} is figures alone` };
    if (d.length > digits[name]) return { wrong: `${called[name]} has ${digits[name]} figures, this has ${d.length}` };
    if (d.length < digits[name]) return { wrong: `${d.length} of ${digits[name]} figures` };
    const held = holds[name](d);
    return held === true ? { ok: true, text: 'The check digit holds' } : { wrong: held };
  }
  if (name === 'postcode') return postcode.test(v.toUpperCase()) ? { ok: true } : { wrong: 'This is no postcode yet' };
  if (name.endsWith('_date')) return dated(name, v, monthFirst);
  return {};
}

const inWords = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }); // slow to make

function dated(name, v, monthFirst) {
  const no = { wrong: `Write a date as ${monthFirst ? '12/31/1980' : '31/12/1980'}` };
  let y, m, d, found;
  if ((found = v.match(/^(\d{4})-(\d{1,2})-(\d{1,2})$/))) [, y, m, d] = found;
  else if ((found = v.match(/^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{2}|\d{4})$/) || v.match(/^(\d{2})(\d{2})(\d{4})$/))) [, d, m, y] = monthFirst ? [0, found[2], found[1], found[3]] : found;
  else if ((found = v.match(/^(\d{1,2})(?:st|nd|rd|th)?[ -]([A-Za-z]{3,9})[ ,-]+(\d{2}|\d{4})$/))) [, d, m, y] = found;
  else if ((found = v.match(/^([A-Za-z]{3,9}) (\d{1,2}),? (\d{4})$/))) [, m, d, y] = found;
  else return no;
  if (/[A-Za-z]/.test(m)) m = months.findIndex((name) => name.startsWith(m.toLowerCase())) + 1;
  const today = new Date();
  if (y.length === 2) {
    // A birth date can be of either century: it is understood only where one of them is possible.
    const years = [1900 + Number(y), 2000 + Number(y)].filter((year) => name !== 'birth_date' ? year >= 2000 : year <= today.getFullYear() && year > today.getFullYear() - 120);
    if (years.length !== 1) return { wrong: 'Write the year with four figures' };
    [y] = years;
  }
  const at = new Date(Date.UTC(y, m - 1, d));
  if (at.getUTCFullYear() !== Number(y) || at.getUTCMonth() !== m - 1 || at.getUTCDate() !== Number(d)) return { wrong: 'There is no such day' };
  const text = inWords.format(at);
  if (name === 'birth_date' && at > today) return { wrong: `${text} is still to come` };
  return { ok: true, text };
}

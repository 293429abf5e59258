/** Every form in which a value could be written somewhere: in clear, base64, base64url, hexadecimal, URL-encoded, in JSON. */
export function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const url = encodeURIComponent(value);
  // In a longer text the value begins at any of three places of a group of base64; its inner characters stay the same.
  const base64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return encoded.slice(before === 0 ? 0 : 4, -1);
  });
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    url,
    url.toLowerCase(),
    new URLSearchParams({ v: value }).toString().slice(2),
  ];
}

/** The names of the values of which any form is in a text. */
export function leaks(text: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values)
    .filter(([, value]) => formsOf(value).some((form) => text.includes(form)))
    .map(([name]) => name);
}

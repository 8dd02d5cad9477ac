/** The text as an http(s) address, or null. */
export function webAddress(text: string): URL | null {
  if (!/^https?:\/\/\S+$/i.test(text)) return null;
  return URL.parse(text);
}

/** Whether an address leads somewhere and holds nothing that could be a secret: it is shown, logged and audited. */
export function isPlainAddress(text: string): boolean {
  const address = webAddress(text);
  return address !== null && !/[@?#]/.test(text);
}

/** Two spellings of one page have one key: no fragment, no default port, no slash at the end. The text itself when it is no address. */
export function addressKey(text: string): string {
  const address = webAddress(text.trim());
  if (address === null) return text;
  address.hash = '';
  return address.href.replace(/\/(?=$|\?)/, '');
}

import { Html, html } from './html.ts';
import { style } from './style.ts';

// A padlock, inline as all else; without an icon a browser would ask for /favicon.ico.
const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#1a73e8" stroke-width="2.5">' +
      '<path d="M7 11V8a5 5 0 0 1 10 0v3"/><rect x="4" y="11" width="16" height="10" rx="2.5" fill="#1a73e8"/></svg>',
  );

/** A whole HTML document around the given content. */
export function layout(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="icon" href="${icon}">
    <style>${new Html(style)}</style>
  </head>
  <body><main>${content}</main></body>
</html>
`.markup;
}

/** A page that only says what is the matter; it names no account, key or object, as anyone may see it. */
export function messagePage(title: string, message: string): string {
  return layout(title, html`<header><h1>${title}</h1><p>${message}</p></header>`);
}

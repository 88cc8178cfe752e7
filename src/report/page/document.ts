import { readFileSync } from 'node:fs';

import { html, trustMarkup } from './html.ts';
import type { Html } from './html.ts';

/** Nothing from anywhere: styles of this file, pictures of this file. */
const POLICY = 'default-src \'none\'; style-src \'unsafe-inline\'; img-src data:; base-uri \'none\'; form-action \'none\'';

function readStyles(file: URL): Html {
  return trustMarkup(readFileSync(file, 'utf8'));
}

export interface PageContent {
  readonly title: string;
  readonly body: Html;
  /** Style sheets of the page's own, besides that of all pages. */
  readonly styles?: readonly URL[];
}

/** The style sheet of shades in two colours: `f1` to `f4` and `a1` to `a4`. */
export const shades = new URL('shades.css', import.meta.url);

/** A page as one HTML file that needs no other and no network. The same content gives the same bytes. */
export function renderDocument({ title, body, styles = [] }: PageContent): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} · gatelab</title>
<link rel="icon" href="data:,">
<style>
${readStyles(new URL('report.css', import.meta.url))}${styles.map(readStyles)}</style>
</head>
<body>
${body}
</body>
</html>
`.markup;
}

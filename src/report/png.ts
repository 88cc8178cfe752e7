import { createRequire } from 'node:module';

/** Pixels for each unit of the SVG: sharp on a dense screen. */
const ZOOM = 2;

const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => `dejavu-fonts-ttf/ttf/${file}`);

/** Draws an SVG as PNG, with letters of the project's own font and none of the machine's. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const { resolve } = createRequire(import.meta.url);
  const font = { fontFiles: fontFiles.map((file) => resolve(file)), loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' };
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: ZOOM }, font }).render().asPng();
}

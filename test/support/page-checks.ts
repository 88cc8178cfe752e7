// What is asked of a page inside the browser. As text, because the project is compiled without the browser's types.

/** Elements that hold more than they show, other than those that scroll; each by its name and first words. */
export const findCut = `[...document.querySelectorAll('body *:not(svg *):not(.scroller)')]
  .filter((element) => getComputedStyle(element).display !== 'inline')
  .filter((element) => element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1)
  .map((element) => element.tagName + '.' + element.className + ': ' + element.textContent.slice(0, 40))`;

/** Texts below the contrast that WCAG 2.2 asks for (1.4.3, level AA), those in pictures too. */
export const findFaint = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).slice(0, 3).map((value) => linear(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const colour = element === null ? 'rgb(255, 255, 255)' : getComputedStyle(element).backgroundColor;
    return channels(colour)[3] === 0 ? behind(element.parentElement) : colour;
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '');
  return [...document.querySelectorAll('body *')].filter(hasText).flatMap((element) => {
    const style = getComputedStyle(element);
    const [bright, dark] = [luminance(element instanceof SVGElement ? style.fill : style.color), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (bright + 0.05) / (dark + 0.05);
    return contrast >= 4.5 ? [] : [element.tagName + ' ' + contrast.toFixed(2) + ': ' + element.textContent.slice(0, 40)];
  });
})()`;

/** How much wider the page is than the window, in pixels. */
export const measureOverflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

export const readBackground = 'getComputedStyle(document.body).backgroundColor';

/** Scrolls the first table by 300 pixels: how far it went, and how far its first column moved. */
export const scrollTable = `(() => {
  const box = document.querySelector('.scroller');
  box.scrollTo({ left: 300, behavior: 'instant' });
  return [box.scrollLeft, box.querySelector('tbody th').getBoundingClientRect().left - box.getBoundingClientRect().left];
})()`;

/** Whether each of these may be cut by the end of a page. */
export const readBreaks =
  "['tr', 'thead', 'h3', 'figure', '.claim'].map((part) => getComputedStyle(document.querySelector(part)).breakInside)";

/** How far right the first figure of the first table reaches, in any row, in pixels. */
export const measureFirstFigures = `Math.max(...[...document.querySelector('.comparison tbody').rows].map((row) => {
  const range = document.createRange();
  range.selectNodeContents(row.cells[1]);
  return range.getBoundingClientRect().right;
}))`;

/** Claims whose reasons are folded away. */
export const countHiddenReasons = `[...document.querySelectorAll('.claim dl')].filter((list) => !list.checkVisibility({ `
  + `contentVisibilityAuto: true }) || list.getBoundingClientRect().height === 0).length`;

/** Opens what is folded away. */
export const unfold = "document.querySelectorAll('details').forEach((details) => { details.open = true; })";

/** Pictures of studies: what each is called for those who do not see it, and the height of its smallest letters in pixels. */
export const findPictures = `[...document.querySelectorAll('.a-study .panel')].map((panel) => ({
  label: panel.getAttribute('role') === 'img' ? panel.getAttribute('aria-label') : '',
  text: Math.min(...[...panel.querySelectorAll('text')].map((text) =>
    parseFloat(getComputedStyle(text).fontSize) * panel.querySelector('svg').getScreenCTM().a)),
}))`;

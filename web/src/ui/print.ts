/** The paper of the roll is 80 mm wide; its length is that of what is printed. */
const ROLL_MM = 80;
const PIXELS_PER_MM = 96 / 25.4;
/** What the printer's knife needs below the last line. */
const TAIL_MM = 6;

/** Prints the paper on the page and nothing else, as one strip without page breaks. */
export function printRoll(): void {
  const paper = document.querySelector(".print-roll");
  if (!paper) return;
  const height = Math.ceil(paper.getBoundingClientRect().height / PIXELS_PER_MM) + TAIL_MM;
  // A style sheet can name the size of a page only in lengths, and only the script knows this one.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@page { size: ${ROLL_MM}mm ${Math.max(height, ROLL_MM)}mm; margin: 0; }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  window.print();
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
}

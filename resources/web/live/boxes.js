// Boxes and labels over a picture, on a canvas of as many pixels as the screen has for it.

import { lineWidth, placePlates, round } from "./plates.js";

const CLASS_COLOURS = 12;
const TEXT_PX = 12;
const LINE_HEIGHT = 1.4;
const SMALL_HEIGHT = 200;
const LEAST_HEIGHT = 110; // for labels at all
const SMALL_SCALE = 0.8;
const PICTURE_LINES = 1080;
const MOST_TEXTS = 2000;
const widths = new Map();
let colours = null;

// How much thicker than on a screen lines and text are on a picture that is kept as a file.
export const drawingScale = (height) => Math.max(1, height / PICTURE_LINES);

// Where a picture of `width` by `height` goes in a room of `across` by `down`: whole, undistorted, in the middle.
export function letterbox(width, height, across, down) {
  const scale = Math.min(across / width, down / height);
  const [wide, high] = [Math.max(1, round(width * scale)), Math.max(1, round(height * scale))];
  return { x: Math.floor((across - wide) / 2), y: Math.floor((down - high) / 2), width: wide, height: high };
}

// `where` is the picture's place on the canvas; `scale` how many of its pixels are one on the screen.
export function paintBoxes(context, { width, height, objects }, where, { labels = true, scale = 1 } = {}) {
  const [across, down] = [where.width / width, where.height / height];
  const shown = objects
    .map((found) => ({ found, box: scaled(found.box, across, down) }))
    .filter(({ box: [x1, y1, x2, y2] }) => x1 < where.width && x2 > 0 && y1 < where.height && y2 > 0);
  if (!shown.length) return;
  context.save();
  context.translate(where.x, where.y);
  context.beginPath();
  context.rect(0, 0, where.width, where.height);
  context.clip();
  context.lineWidth = lineWidth(scale);
  const half = (context.lineWidth % 2) / 2; // lines on whole pixels are sharp
  for (const { found, box } of shown) {
    const [x1, y1, x2, y2] = box.map(round);
    context.strokeStyle = colourOf(found.class).plate;
    context.strokeRect(x1 + half, y1 + half, Math.max(1, x2 - x1), Math.max(1, y2 - y1));
  }
  if (labels && where.height >= LEAST_HEIGHT * scale) paintPlates(context, shown, [where.width, where.height], scale);
  context.restore();
}

const scaled = ([x1, y1, x2, y2], across, down) => [x1 * across, y1 * down, x2 * across, y2 * down];

function paintPlates(context, shown, size, scale) {
  const small = size[1] < SMALL_HEIGHT * scale; // short labels leave something to be seen
  const textScale = small ? SMALL_SCALE * scale : scale;
  const px = round(TEXT_PX * textScale);
  context.font = `${px}px ${fontFamily()}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const texts = shown.map(({ found }) => labelOf(found, small));
  const sizes = texts.map((text) => [textWidth(context, text), Math.ceil(px * LINE_HEIGHT)]);
  const plates = placePlates(
    shown.map(({ box }) => box),
    size,
    sizes,
    textScale,
  );
  plates.forEach(([x, y, width, height], number) => {
    const colour = colourOf(shown[number].found.class);
    context.fillStyle = colour.plate;
    context.fillRect(x, y, width, height);
    context.fillStyle = colour.text;
    context.fillText(texts[number], x + width / 2, y + height / 2 + scale / 2, width);
  });
}

const labelOf = ({ label, confidence }, small) => (small ? label : `${label} ${Math.round(confidence * 100)}%`);

// Measured once: the same few labels come with every picture.
function textWidth(context, text) {
  const key = `${context.font} ${text}`;
  if (!widths.has(key)) {
    if (widths.size >= MOST_TEXTS) widths.clear();
    widths.set(key, Math.ceil(context.measureText(text).width));
  }
  return widths.get(key);
}

// The same class has the same colour everywhere.
const colourOf = (number) => allColours().classes[number % CLASS_COLOURS];
const fontFamily = () => allColours().font;

function allColours() {
  if (colours) return colours;
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(name).trim();
  const classes = Array.from({ length: CLASS_COLOURS }, (_, number) => ({
    plate: value(`--class-${number}`),
    text: value(`--class-text-${number}`),
  }));
  colours = { classes, font: value("--font") || "sans-serif" };
  return colours;
}

// Where label plates go. The same rules as the station's own (core/boxstyle.py), so that a picture looks alike wherever
// its boxes are drawn: a plate never leaves the picture and covers as little of its neighbours as can be.

const LINE_PX = 2;
const PADDING_X = 4;
const PADDING_Y = 2;
// Plates of further objects are placed without looking for room: it would cost more than it shows.
const MOST_ARRANGED = 60;
const PLATE_ON_PLATE = 4;

// Half goes to the even neighbour, as in Python: both sides place the same plates.
export function round(value) {
  const nearest = Math.round(value);
  return nearest - value === 0.5 && nearest % 2 ? nearest - 1 : nearest;
}

export const lineWidth = (scale) => Math.max(1, round(LINE_PX * scale));

// `boxes` are [x1, y1, x2, y2], `texts` [width, height] of each label, in pixels of `picture` ([width, height]).
// The answer is [x, y, width, height] for each.
export function placePlates(boxes, picture, texts, scale = 1) {
  const placed = [];
  const inTheWay = boxes.map((box) => [...box, 1]);
  boxes.forEach((box, own) => {
    const size = plateSize(texts[own], picture, scale);
    const places = candidates(box, size, picture);
    const plate = own < MOST_ARRANGED ? leastCovering(places, near(box, size, inTheWay, own)) : places[0];
    placed.push(plate);
    const [x, y, width, height] = plate;
    inTheWay.push([x, y, x + width, y + height, PLATE_ON_PLATE]);
  });
  return placed;
}

function plateSize([width, height], picture, scale) {
  return [
    Math.min(width + round(2 * PADDING_X * scale), picture[0]),
    Math.min(height + round(2 * PADDING_Y * scale), picture[1]),
  ];
}

// What a plate around `box` could touch. Twice the plate, because one that would leave the picture is pushed back.
function near([x1, y1, x2, y2], [width, height], obstacles, own) {
  const [left, top, right, bottom] = [x1 - 2 * width, y1 - 2 * height, x2 + 2 * width, y2 + 2 * height];
  return obstacles.filter(
    (other, number) => other[0] < right && other[2] > left && other[1] < bottom && other[3] > top && number !== own,
  );
}

function leastCovering(places, obstacles) {
  let best = places[0];
  let lowest = Infinity;
  for (const place of places) {
    const cost = covered(place, obstacles, lowest);
    if (cost < lowest) [best, lowest] = [place, cost];
    if (!lowest) break;
  }
  return best;
}

// Pixels of others that `plate` would cover; a plate under a plate can't be read and counts more.
function covered([left, top, width, height], obstacles, limit) {
  const [right, bottom] = [left + width, top + height];
  let cost = 0;
  for (const [x1, y1, x2, y2, weight] of obstacles) {
    if (x1 >= right || x2 <= left || y1 >= bottom || y2 <= top) continue;
    cost += weight * (Math.min(right, x2) - Math.max(left, x1)) * (Math.min(bottom, y2) - Math.max(top, y1));
    if (cost >= limit) break;
  }
  return cost;
}

// Best first: above the box, below it, inside it; at its left edge, then at its right.
function candidates(box, [width, height], picture) {
  const [left, top, right, bottom] = box.map(round);
  const ends = right - width;
  const most = [picture[0] - width, picture[1] - height];
  return [
    [left, top - height],
    [ends, top - height],
    [left, bottom],
    [ends, bottom],
    [left, top],
    [ends, top],
    [left, bottom - height],
    [right, top],
    [left - width, top],
  ].map(([x, y]) => [Math.max(0, Math.min(x, most[0])), Math.max(0, Math.min(y, most[1])), width, height]);
}

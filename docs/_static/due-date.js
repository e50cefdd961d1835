// A ticket's start, dragged over the year of a calendar: when the work is due, and where time goes.
//
// The page holds the ledger of a year for each calendar, as docs/due_date.py wrote it. Instants are
// whole minutes of UTC since 1970; wall minutes are what a clock in the desk's zone shows, counted
// in the same way. A classic script rather than a module, for a browser refuses to load modules
// from a folder on disk.
"use strict";
{
  const HOUR = 60, DAY = 24 * HOUR, WEEK = 7 * DAY;
  const STEP = 15;
  const SHEET = 2 * WEEK; // in which the start is; the sheet is longer where the due date is later
  const UNNAMED = ["overnight", "break", "added"]; // too many to be written into the sheet

  const part = document.querySelector(".due-date");
  const find = (selector) => part.querySelector(selector);
  const { calendars, words } = JSON.parse(find("script").textContent);
  const [choice, field, target] = ["[name=calendar]", "[name=start]", "[name=target]"].map(find);
  const [days, handle, end] = [".days", ".handle", ".end"].map(find);

  for (const calendar of Object.values(calendars)) {
    let at = calendar.start;
    calendar.rows = calendar.rows.map(([length, reason]) => {
      const [isOpen, kind, text] = calendar.reasons[reason];
      return { isOpen, kind, text, start: at, end: (at += length) };
    });
    calendar.end = at;
  }

  // What is shown: a calendar, a start, and the wall minute at which the sheet begins, a Monday's.
  let calendar, start, first = NaN;

  const clamp = (number, least, most) => Math.min(Math.max(number, least), most);
  const work = () => parseInt(target.value) * (target.value.endsWith("h") ? HOUR : 1);
  const startOf = (wall, length) => Math.floor(wall / length) * length;
  const mondayOf = (wall) => startOf(wall - 4 * DAY, WEEK) + 4 * DAY; // 1970 began on a Thursday

  const offsetAt = (at) => calendar.offsets.findLast(([since]) => since <= at)[1];
  const toWall = (at) => at + offsetAt(at);

  // A wall minute that occurs twice is the first; one that is skipped is the change of the clocks.
  function fromWall(wall) {
    const isOver = ([, offset], i, all) => i + 1 < all.length && wall - offset >= all[i + 1][0];
    const [since, offset] = calendar.offsets.find((...period) => !isOver(...period));
    return Math.max(wall - offset, since);
  }

  // The rows of the year between two instants, cut at both.
  const rowsBetween = (from, to) =>
    calendar.rows
      .filter((row) => row.end > from && row.start < to)
      .map((row) => ({ ...row, start: Math.max(row.start, from), end: Math.min(row.end, to) }));

  // When the work is done that starts at an instant; undefined where the data does not reach.
  function dueAt(from, work) {
    if (from < calendar.start) return undefined;
    for (const row of rowsBetween(from, calendar.end)) {
      const length = row.isOpen ? row.end - row.start : 0;
      if (row.isOpen && work <= length) return row.start + work;
      work -= length;
    }
    return undefined;
  }

  const fill = (form, values) => form.replace(/{(\w+)}/g, (_, name) => values[name]);
  const weekdayOf = (wall) => words.weekdays[new Date(wall * 60_000).getUTCDay()];
  const isoText = (wall) => new Date(wall * 60_000).toISOString().slice(0, 16);

  function offsetText(at, colon = "") {
    const [hours, minutes] = isoText(Math.abs(offsetAt(at))).slice(11).split(":");
    return (offsetAt(at) < 0 ? "-" : "+") + hours + colon + minutes;
  }

  function instantText(at, hasOffset = false) {
    const [date, time] = isoText(toWall(at)).split("T");
    const text = fill(words.instant, { weekday: weekdayOf(toWall(at)), date, time });
    return hasOffset ? `${text} ${offsetText(at)}` : text;
  }

  // Working time is not given in days, for a working day does not have 24 hours.
  function lengthText(length, hasDays = true) {
    const days = hasDays ? Math.floor(length / DAY) : 0;
    const numbers = [days, Math.floor((length - days * DAY) / HOUR), length % HOUR];
    const texts = numbers.map((number, unit) => number && fill(words.units[unit], { number }));
    return texts.filter(Boolean).join(" ");
  }

  function element(name, ...children) {
    const made = document.createElement(name);
    made.append(...children);
    return made;
  }

  function showLedger(due) {
    const rows = rowsBetween(start, due);
    const hasOffset = new Set([start, ...rows.map((row) => row.end)].map(offsetAt)).size > 1;
    const cells = (row) => [
      instantText(row.start, hasOffset),
      instantText(row.end, hasOffset),
      words.sides[+row.isOpen],
      lengthText(row.end - row.start),
      row.text,
    ];
    find("tbody").replaceChildren(
      ...rows.map((row) => element("tr", ...cells(row).map((text) => element("td", text)))),
    );
    const parts = [true, false].flatMap((isOpen) => {
      const lengths = rows.filter((row) => row.isOpen === isOpen).map((row) => row.end - row.start);
      const sum = lengths.reduce((one, other) => one + other, 0);
      return sum ? [`${words.sides[+isOpen]} ${lengthText(sum, !isOpen)}`] : [];
    });
    find(".total").textContent = rows.length
      ? fill(words.total, { length: lengthText(due - start), parts: parts.join(words.comma) })
      : "";
  }

  // Where a wall minute lies in the sheet: the row of its day, and how much of the day has passed.
  function place(marker, wall) {
    marker.style.setProperty("--day", Math.floor((wall - first) / DAY));
    marker.style.setProperty("--share", (wall - startOf(wall, DAY)) / DAY);
  }

  // The pieces of a day: of one reason, on one side of start and due, under one offset.
  function piecesOf(wall, due) {
    const [from, to] = [fromWall(wall), fromWall(wall + DAY)];
    const cuts = [start, due, ...calendar.offsets.map(([since]) => since)];
    return rowsBetween(from, to).flatMap((row) => {
      const inside = cuts.filter((cut) => row.start < cut && cut < row.end).sort((a, b) => a - b);
      const edges = [row.start, ...inside, row.end];
      return inside.concat(row.end).map((end, i) => ({ ...row, start: edges[i], end }));
    });
  }

  function pieceElement(piece, wall, due) {
    const made = element("span", UNNAMED.includes(piece.kind) ? "" : piece.text);
    made.className = piece.isOpen ? "open" : "closed";
    made.classList.toggle("counted", start <= piece.start && piece.start < due);
    made.style.left = `${((toWall(piece.start) - wall) / DAY) * 100}%`;
    made.style.width = `${((piece.end - piece.start) / DAY) * 100}%`;
    made.title = piece.text || words.sides[+piece.isOpen];
    return made;
  }

  function showSheet(due) {
    const wall = toWall(start);
    if (!(first <= wall && wall < first + SHEET)) first = mondayOf(wall);
    const last = Math.max(mondayOf(toWall(due ?? start)) + WEEK, first + SHEET);
    const walls = Array.from({ length: (last - first) / DAY }, (_, i) => first + i * DAY);
    days.replaceChildren(
      ...walls.map((wall) => {
        const label = `${weekdayOf(wall)} ${isoText(wall).slice(5, 10)}`;
        const pieces = piecesOf(wall, due).map((piece) => pieceElement(piece, wall, due));
        return element("div", element("b", label), element("div", ...pieces));
      }),
    );
    place(handle, wall);
    end.hidden = due === undefined;
    if (!end.hidden) place(end, toWall(due));
    handle.ariaValueMin = calendar.start;
    handle.ariaValueMax = calendar.end;
    handle.ariaValueNow = clamp(start, calendar.start, calendar.end);
    handle.ariaValueText = instantText(start, true);
  }

  function show() {
    const due = dueAt(start, work());
    find("output").textContent =
      due === undefined ? words.unknown : fill(words.due, { instant: instantText(due) });
    const text = isoText(toWall(start));
    if (field.value !== text) field.value = text; // else its cursor would jump while somebody types
    showSheet(due);
    showLedger(due);
    const instant = text + offsetText(start, ":");
    find("pre").textContent =
      `from slacalc import Calendar\n\ncalendar = ${calendar.code}\n` +
      `print(calendar.explain('${instant}', work='${target.value}'${words.language}))`;
  }

  function moveTo(at) {
    start = clamp(at, calendar.start, calendar.end - 1);
    show();
  }

  // Takes the calendar and the local time from their fields.
  function read() {
    if (!field.value) return; // half typed
    calendar = calendars[choice.value];
    start = fromWall(Date.parse(`${field.value}Z`) / 60_000);
    show();
  }

  // Moves the start to a point of the window, or of the sheet's edge that is next to it.
  function moveToPoint(x, y) {
    const box = days.firstChild.lastChild.getBoundingClientRect();
    const minute = Math.round(((x - box.left) / box.width) * (DAY / STEP)) * STEP;
    const day = Math.floor((y - box.top) / days.firstChild.offsetHeight) * DAY;
    moveTo(fromWall(first + clamp(day, 0, SHEET - DAY) + clamp(minute, 0, DAY - STEP)));
  }

  const MOVES = { ArrowUp: -DAY, ArrowDown: DAY, PageUp: -WEEK, PageDown: WEEK };

  handle.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 1 : STEP;
    if (event.key === "ArrowRight") moveTo(startOf(start, step) + step);
    else if (event.key === "ArrowLeft") moveTo(startOf(start - 1, step));
    else if (event.key in MOVES) moveTo(fromWall(toWall(start) + MOVES[event.key]));
    else return;
    event.preventDefault();
  });
  let grip; // how far right of the handle's middle the pointer holds it
  handle.addEventListener("pointerdown", (event) => {
    const box = handle.getBoundingClientRect();
    grip = event.clientX - (box.left + box.right) / 2;
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (handle.hasPointerCapture(event.pointerId)) moveToPoint(event.clientX - grip, event.clientY);
  });
  days.addEventListener("click", (event) => {
    moveToPoint(event.clientX, event.clientY);
    handle.focus();
  });
  field.addEventListener("input", read);
  target.addEventListener("change", show);
  choice.addEventListener("change", read);
  find(".examples").addEventListener("click", (event) => {
    if (!event.target.dataset.set) return;
    [choice.value, field.value, target.value] = event.target.dataset.set.split(" ");
    read();
  });

  find(".examples button").click();
}

/* Where each picture of the Gallery's wall lies: days, and in a day rows as wide as the wall. */
(() => {
  "use strict";

  const DATE_PX = 44;

  const vizy = (window.vizy = window.vizy || {});

  vizy.GAP = 4;

  /** How wide a capture is shown for its height: none so slim that it cannot be touched. */
  vizy.ratio = ([, , width, height]) => Math.min(3, Math.max(0.5, width / height));

  const dayOf = (date) => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
  const DATE = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
  const OLD = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

  function dayText(date) {
    const today = new Date();
    if (dayOf(date) === dayOf(today)) return "Today";
    today.setDate(today.getDate() - 1);
    if (dayOf(date) === dayOf(today)) return "Yesterday";
    return (date.getFullYear() === today.getFullYear() ? DATE : OLD).format(date);
  }

  vizy.Layout = class {
    /** Lay captures, lines of the index, out in rows `width` px wide; measures no element. */
    constructor(lines, width) {
      this.lines = lines;
      const wanted = width < 600 ? 110 : 190;
      const sections = [];
      let height = 0;
      let section = null;
      let row = null;
      let day = null;
      const close = (isFull) => {
        if (!row) return;
        const free = width - vizy.GAP * (row.lines.length - 1);
        row.height = isFull ? free / row.ratio : Math.min(wanted, free / row.ratio);
        row.top = section.height;
        section.height += row.height + vizy.GAP;
        section.rows.push(row);
        row = null;
      };
      const end = () => {
        if (!section) return;
        close(false);
        height += section.height + 16;
        sections.push(section);
      };
      for (const line of lines) {
        const key = line[0].slice(0, 11); // an hour never lies in two days; a half one may
        if (key !== day || !section) {
          const date = vizy.taken(line[0]);
          day = key;
          if (!section || section.day !== dayOf(date)) {
            end();
            section = { day: dayOf(date), text: dayText(date), top: height, height: DATE_PX, rows: [] };
          }
        }
        row = row || { lines: [], ratio: 0 };
        row.lines.push(line);
        row.ratio += vizy.ratio(line);
        if (row.ratio * wanted + vizy.GAP * (row.lines.length - 1) >= width) close(true);
      }
      end();
      this.sections = sections;
      this.height = height;
    }

    /** Where the row of a capture is, in px from the wall's top; null: it is not there. */
    placeOf(id) {
      for (const section of this.sections) {
        for (const row of section.rows) {
          if (row.lines.some((line) => line[0] === id)) {
            return { top: section.top + row.top, height: row.height };
          }
        }
      }
      return null;
    }

    /** The place in the list of what is so many rows below. */
    below(index, step) {
      const rows = this.sections.flatMap((section) => section.rows);
      const at = rows.findIndex((row) => row.lines.some((line) => line === this.lines[index]));
      const row = rows[at + step];
      if (!row) return index;
      const column = rows[at].lines.indexOf(this.lines[index]);
      return this.lines.indexOf(row.lines[Math.min(column, row.lines.length - 1)]);
    }
  };
})();

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const REDRAW_MS = 120;
const HEARTBEAT_MS = 10_000;

/** @param {number} ms */
export function seconds(ms) {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/**
 * Runs one step of the set-up and shows it: a line that updates on a terminal, otherwise plain lines with the elapsed
 * time. `report` tells what the step is doing now.
 *
 * @template T
 * @param {string} title
 * @param {(report: (text: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const started = Date.now();
  const elapsed = () => seconds(Date.now() - started);
  const line = process.stdout.isTTY ? updatingLine(title, elapsed) : plainLines(title, elapsed);
  try {
    const result = await work(line.report);
    line.end(`✓ ${title} (${elapsed()})`);
    return result;
  } catch (error) {
    line.end(`✗ ${title} (${elapsed()})`);
    throw error;
  }
}

/**
 * @param {string} title
 * @param {() => string} elapsed
 */
function updatingLine(title, elapsed) {
  let text = '';
  let frame = 0;
  const draw = () => {
    frame = (frame + 1) % FRAMES.length;
    const full = `${FRAMES[frame]} ${title} (${elapsed()}) ${text}`;
    process.stdout.write(`\r\u001b[2K${full.slice(0, Math.max(20, (process.stdout.columns ?? 80) - 1))}`);
  };
  const timer = setInterval(draw, REDRAW_MS);
  return {
    /** @param {string} now */
    report: (now) => {
      text = now;
    },
    /** @param {string} verdict */
    end: (verdict) => {
      clearInterval(timer);
      process.stdout.write(`\r\u001b[2K${verdict}\n`);
    },
  };
}

/**
 * @param {string} title
 * @param {() => string} elapsed
 */
function plainLines(title, elapsed) {
  let text = '';
  console.log(`  ${title} …`);
  const timer = setInterval(() => console.log(`  ${title} … ${elapsed()} ${text}`), HEARTBEAT_MS);
  return {
    /** @param {string} now */
    report: (now) => {
      text = now;
    },
    /** @param {string} verdict */
    end: (verdict) => {
      clearInterval(timer);
      console.log(verdict);
    },
  };
}

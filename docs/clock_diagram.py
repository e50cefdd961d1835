"""Draw the picture of a clock's phases from the table of transitions.

``python docs/clock_diagram.py`` writes ``docs/_static/clock.svg``; a test holds the two together.
"""

from __future__ import annotations

from pathlib import Path

from slacalc._clock.cycles import TRANSITIONS, Action, Phase, Signal

TARGET = Path(__file__).parent / "_static" / "clock.svg"
# Where each phase stands, by the middle of its box; running and paused share a frame.
PLACES = {
    Phase.NOT_STARTED: (100, 190),
    Phase.RUNNING: (370, 125),
    Phase.PAUSED: (370, 255),
    Phase.STOPPED: (670, 125),
    Phase.NOT_OWED: (670, 222),
    Phase.CANCELLED: (670, 330),
}
LIVE = (Phase.RUNNING, Phase.PAUSED)
# How each arrow runs, and where its words stand; from both live phases it runs from their frame.
ARROWS: dict[tuple[Phase | None, Phase], tuple[str, int, int]] = {
    (Phase.NOT_STARTED, Phase.RUNNING): ("M169 175 L300 133", 226, 142),
    (Phase.NOT_STARTED, Phase.CANCELLED): ("M100 217 C100 460 640 460 668 358", 205, 400),
    (Phase.RUNNING, Phase.PAUSED): ("M345 152 Q325 190 345 227", 308, 195),
    (Phase.PAUSED, Phase.RUNNING): ("M395 227 Q415 190 395 153", 438, 195),
    (None, Phase.STOPPED): ("M474 135 L600 135", 538, 153),
    (None, Phase.CANCELLED): ("M474 290 L600 330", 525, 325),
    (Phase.STOPPED, Phase.RUNNING): ("M625 98 C560 40 470 40 412 97", 520, 47),
    (Phase.NOT_OWED, Phase.RUNNING): ("M603 234 L478 234", 540, 250),
    (Phase.CANCELLED, Phase.RUNNING): ("M618 305 C590 282 540 272 478 272", 560, 268),
}
OWED_NO_MORE = ("M474 208 L600 208", 538, 200)  # by the stop of another metric
RENEWAL = ("M284 236 C236 232 236 276 283 272", 200, 264)
RESET = ("M262 40 C170 40 110 80 101 162", 150, 34)
LEADS_TO: dict[Action, Phase] = {
    "begin": Phase.RUNNING,
    "pause": Phase.PAUSED,
    "resume": Phase.RUNNING,
    "stop": Phase.STOPPED,
    "cancel": Phase.CANCELLED,
    "reset": Phase.NOT_STARTED,
    "reopen": Phase.RUNNING,
    "repeat": Phase.RUNNING,
    "count anew": Phase.RUNNING,
}
WIDTH, HEIGHT = 130, 46
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #222; text-anchor: middle }
  .phase { font-weight: 600 }
  .note { font-size: 12px; fill: #555 }
  rect { fill: #eef3fb; stroke: #33598f; stroke-width: 1.5 }
  .frame { fill: none; stroke: #999; stroke-dasharray: 5 4 }
  path { fill: none; stroke: #33598f; stroke-width: 1.5 }
  .head { fill: #33598f; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .note { fill: #aaa }
    rect { fill: #1d2a3d; stroke: #8fb3e8 } .frame { stroke: #777 }
    path { stroke: #8fb3e8 } .head { fill: #8fb3e8 }
  }
"""


def edges() -> dict[tuple[Phase | None, Phase], list[str]]:
    """The signals that lead from a phase to another one; those of both live phases as one."""
    arrows: dict[tuple[Phase | None, Phase], list[str]] = {}
    for (phase, signal), action in TRANSITIONS.items():
        target = LEADS_TO[action]
        both = all(TRANSITIONS.get((live, signal)) == action for live in LIVE)
        start = None if phase in LIVE and both else phase
        if action == "count anew" or target is phase or signal is Signal.RESET:
            continue
        word = signal.name.lower() + (" (if it repeats)" if action == "repeat" else "")
        if word not in arrows.setdefault((start, target), []):
            arrows[start, target].append(word)
    return arrows


def picture() -> str:
    """The whole picture."""
    arrows = edges()
    if arrows.keys() != ARROWS.keys():
        msg = f"arrows without a course: {arrows.keys() ^ ARROWS.keys()}"
        raise ValueError(msg)
    resets = {phase for (phase, signal) in TRANSITIONS if signal is Signal.RESET}
    if resets != PLACES.keys() - {Phase.NOT_STARTED}:
        msg = "the frame around all but the first phase is wrong"
        raise ValueError(msg)
    renewed = {phase for (phase, _), action in TRANSITIONS.items() if action == "count anew"}
    if renewed != set(LIVE):
        msg = "the loop of the frame around running and paused is wrong"
        raise ValueError(msg)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 770 470" role="img"',
        ' aria-label="The phases of a clock, and the signals between them">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" markerWidth="9" markerHeight="9" refX="8" refY="4.5"',
        ' orient="auto"><path class="head" d="M0 0 L9 4.5 L0 9 z"/></marker></defs>',
        '<rect class="frame" x="264" y="16" width="490" height="354" rx="10"/>',
        '<rect class="frame" x="284" y="84" width="188" height="212" rx="10"/>',
    ]
    drawn = [(*RESET, ["reset (a new cycle)"]), (*RENEWAL, ["(last counts)", "start"])]
    drawn.append((*OWED_NO_MORE, ["(until)"]))
    drawn += [(*ARROWS[edge], words) for edge, words in arrows.items()]
    for course, x, y, words in drawn:
        parts.append(f'<path d="{course}" marker-end="url(#head)"/>')
        parts += [
            f'<text x="{x}" y="{y - 16 * number}">{word}</text>'
            for number, word in enumerate(words)
        ]
    for phase, (x, y) in PLACES.items():
        box = f'x="{x - WIDTH / 2:.0f}" y="{y - HEIGHT / 2:.0f}" width="{WIDTH}" height="{HEIGHT}"'
        parts.append(f'<rect {box} rx="8"/><text class="phase" x="{x}" y="{y + 5}">{phase}</text>')
    order = " → ".join(signal.name.lower() for signal in Signal)
    parts.append(f'<text class="note" x="385" y="455">signals of one instant: {order}</text>')
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    TARGET.write_text(picture(), "utf-8")

"""What is wrong with a page for people who cannot see it, point at it or make it wide.

`faults` shows one page in every look - wide in light and dark, narrow, narrowest - and returns what axe-core
finds, what scrolls sideways and which targets are too small: a list that must be empty."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import BrowserContext, Page

SOURCE = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LEAST = 44
"""CSS pixels of a target on public pages."""


@dataclass(frozen=True)
class Look:
    width: int
    theme: Literal["light", "dark"]


LOOKS = (Look(1440, "light"), Look(1440, "dark"), Look(390, "light"), Look(320, "dark"))

RUN = """async tags => {
  const wanted = {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], preload: false};
  const found = await axe.run(document, wanted);
  return found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}`));
}"""
SIDEWAYS = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const all = [...document.querySelectorAll('body *')];
  const wide = all.filter(each => each.getBoundingClientRect().right > room + 1);
  return [`sideways: ${(wide.at(-1) || document.body).outerHTML.slice(0, 160)}`];
}"""
SMALL = """least => {
  const seen = each => each.checkVisibility() && !each.closest('.vh, .skip');
  const isInText = each => each.tagName === 'A' && getComputedStyle(each).display === 'inline';
  const area = each => (each.closest('label') || each).getBoundingClientRect();
  const targets = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  return [...document.querySelectorAll(targets)]
    .filter(each => seen(each) && !isInText(each))
    .filter(each => { const box = area(each); return box.height < least - 0.5 || box.width < 24; })
    .map(each => `small: ${each.outerHTML.slice(0, 160)}`);
}"""


def bring(context: BrowserContext) -> None:
    """axe-core stands ready in every page of the context, whatever its content security policy is."""
    context.add_init_script(path=SOURCE)


def faults(page: Page, *, least: int = LEAST, looks: tuple[Look, ...] = LOOKS) -> list[str]:
    """Each fault of the page that is open, with the look in which it shows."""
    found = []
    for look in looks:
        page.set_viewport_size({"width": look.width, "height": 900})
        page.emulate_media(color_scheme=look.theme, reduced_motion="reduce")
        said = [*page.evaluate(RUN, TAGS), *page.evaluate(SIDEWAYS)]
        if look.width < 500:
            said += page.evaluate(SMALL, least)
        found += [f"{look.width} {look.theme} {each}" for each in said]
    return found

#!/usr/bin/env python3
"""Reads what `seldom stats --html` or --prometheus wrote, as strictly as its readers do.

usage: check_page.py html FILE | prometheus FILE
"""
import re
import sys
from html.parser import HTMLParser

VOID = {"meta"}
# what a page that needs nothing else may hold
TAGS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "caption", "thead",
    "tbody", "tr", "th", "td", "figure", "figcaption", "svg", "rect", "line", "circle", "text", "g",
}


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.cells, self.plots, self.tables, self.faults = [], [], 0, 0, []

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.faults.append(f"<{tag}> at {self.getpos()}")
        for name, value in attrs:
            if name.startswith("on") or name in ("href", "src", "xlink:href", "style"):
                self.faults.append(f"attribute {name}={value!r}")
        self.plots += tag == "svg"
        self.tables += tag == "table"
        if tag == "td":
            self.cells.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} ends nothing")

    def handle_data(self, data):
        if self.open and self.open[-1] == "td":
            self.cells[-1] += data
        if "url(" in data or "@import" in data:
            self.faults.append("something from elsewhere")
        if any(ord(c) < 32 and c != "\n" or c in "\x7f\u202e" for c in data):
            self.faults.append(f"control characters: {data!r}")


def html(text):
    page = Page()
    page.feed(text)
    page.close()
    if page.open:
        page.faults.append(f"left open: {page.open}")
    if page.plots < 1 or page.tables < page.plots:
        page.faults.append(f"{page.plots} plots, {page.tables} tables")
    if not any("<script>alert(1)</script>&\"'" in c for c in page.cells):
        page.faults.append("the hostile name is not there as text")
    if "prefers-color-scheme:dark" not in text:
        page.faults.append("no dark colours")
    return page.faults


HELP = re.compile(r"# HELP (seldom_[a-z0-9_]+) \S[^\n]*$")
TYPE = re.compile(r"# TYPE (seldom_[a-z0-9_]+) (counter|gauge)$")
LABEL = r'[a-z][a-z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(
    rf"(seldom_[a-z0-9_]+)(\{{{LABEL}(?:,{LABEL})*\}})? -?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?$")


def prometheus(text):
    faults, helped, typed, seen, last = [], set(), {}, set(), None
    if not text.endswith("\n"):
        faults.append("the last line has no end")
    for line in text.splitlines():
        h, t, s = HELP.match(line), TYPE.match(line), SAMPLE.match(line)
        if h:
            if h[1] in helped:
                faults.append(f"a second HELP: {line!r}")
            helped.add(h[1])
        elif t:
            last = t[1]
            if t[1] in typed or t[1] not in helped:
                faults.append(f"TYPE: {line!r}")
            typed[t[1]] = t[2]
            if (t[2] == "counter") != t[1].endswith("_total"):
                faults.append(f"a counter ends in _total, a gauge does not: {line!r}")
        elif s:
            if s[1] != last:
                faults.append(f"a sample away from its family: {line!r}")
            if (s[1], s[2]) in seen:
                faults.append(f"a second sample: {line!r}")
            seen.add((s[1], s[2]))
        else:
            faults.append(f"no line of this format: {line!r}")
        if any(ord(c) < 32 for c in line) or "\u202e" in line:
            faults.append(f"control characters: {line!r}")
    for name in ("seldom_questions_total", "seldom_approval_of", "seldom_digest_upper_ratio",
                 "seldom_fatigue_state", "seldom_program_questions_total"):
        if not any(n == name for n, _ in seen):
            faults.append(f"no sample of {name}")
    return faults


def main():
    kind, path = sys.argv[1:]
    with open(path, encoding="utf-8", newline="") as f:
        faults = {"html": html, "prometheus": prometheus}[kind](f.read())
    for fault in faults:
        print(f"{path}: {fault}")
    sys.exit(bool(faults))


main()

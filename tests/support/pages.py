"""What every page keeps to, read off its HTML."""

import re

HEADING = re.compile(r"<h1[ >]")
PRIMARY = re.compile(r'class="[^"]*\bbtn-primary\b[^"]*"')
INLINE = re.compile(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)")
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
MAIN = re.compile(r'<main[^>]*id="main".*?</main>', re.DOTALL)


def faults_of(html: str) -> list[str]:
    """How a whole page strays: its one heading, its one primary button, its title, and nothing inline."""
    main = MAIN.search(html)
    if main is None:
        return ["has no main part"]
    faults = []
    headings, primaries = len(HEADING.findall(html)), len(PRIMARY.findall(main[0]))
    if headings != 1:
        faults.append(f"has {headings} h1")
    if primaries > 1:
        faults.append(f"has {primaries} primary buttons")
    if INLINE.search(html):
        faults.append(f"has something inline: {INLINE.search(html)[0]}")
    title = TITLE.search(html)
    if title is None or not title[1].split("·")[0].strip():
        faults.append("has no title of its own")
    return faults


def is_whole(response) -> bool:
    """Whether an answer is a page of ours, not a part of one, a file or a leading on."""
    if response.status_code != 200 or not response.headers.get("Content-Type", "").startswith("text/html"):
        return False
    return b"<html" in response.content[:500] and not response.streaming

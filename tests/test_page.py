"""The report page in a real browser: what it asks for, whom it shuts out, and what a hostile transcript can do to it."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from conftest import EXAMPLES
from reflectkit import analyze, report_sessions

pytestmark = pytest.mark.local_sockets

CHROMIUM = next(
    (
        found
        for name in (os.environ.get("REFLECTKIT_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome")
        if name and (found := shutil.which(name))
    ),
    None,
)
LONG_WORD = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 6
HOSTILE = [
    "<script>window.hit=1</script> </script><script>window.hit=2</script>",
    '"\'><img src=x onerror="window.hit=3"> <a href="javascript:window.hit=4">tap</a> </style><style>*{display:none}</style>',
    "{{7*7}} ${7*7} {% for x in y %} <svg onload=window.hit=5> &lt;b&gt; &amp; <!-- --> ]]> <iframe src=//example.org>",
    "שלום, מה שלומך היום? (مرحبا) \u202eright to left\u202c and back 👩🏽‍🚒🏳️‍🌈",
    LONG_WORD,
    "You said it was long. " + "And it went on and on, " * 140,
]


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; name one in REFLECTKIT_CHROMIUM")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as p:
        # The sandbox does not start for root, as which continuous integration often runs.
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if root else [])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def axe():
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    from axe_playwright_python.base import AXE_FILE_PATH

    return Path(AXE_FILE_PATH).read_text("utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Files of pages by name."""
    folder = tmp_path_factory.mktemp("pages")
    drop_in = analyze(EXAMPLES / "drop-in.csv", model="fast")
    call = analyze(EXAMPLES / "video-call.vtt", worker="Ngozi A.", model="fast")
    rows = [(("Worker", "<b>Client</b> عميل")[i % 2], text) for i, text in enumerate(HOSTILE * 2)]
    hostile = analyze(rows, worker="Worker", session=HOSTILE[0], model="fast")
    written = {
        "session": drop_in.to_html(),
        "call": call.to_html(),
        "none": drop_in.to_html(quotes="none"),
        "hostile": hostile.to_html(),
        "sessions": report_sessions([drop_in, call, drop_in, hostile]),
    }
    for name, html in written.items():
        (folder / f"{name}.html").write_text(html, "utf-8")
    return {name: folder / f"{name}.html" for name in written}


class Opened:
    """A page as opened, with what it asked for and complained of."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.page = self.context.new_page()
        self.asked, self.complaints = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.context.route(re.compile(".*"), self._route)
        self.url = path.as_uri()
        self.page.goto(self.url)

    def _route(self, route):
        self.asked.append(route.request.url)
        if route.request.url.startswith(self.url):
            route.continue_()
        else:
            route.abort()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.context.close()


NAMES = ("session", "call", "none", "hostile", "sessions")
VIEWS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "narrow and dark": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_for_and_nothing_complains(browser, pages, name):
    with Opened(browser, pages[name]) as opened:
        opened.page.wait_for_load_state("networkidle")
        assert opened.asked == [opened.url]
        assert opened.complaints == []


def test_the_policy_stops_requests_and_foreign_scripts(browser, pages):
    """What a page could be made to try is refused, and refused by the policy."""
    with Opened(browser, pages["session"]) as opened:
        opened.page.evaluate(
            """async () => {
              const image = new Image(); image.src = 'https://example.org/x.png'; document.body.append(image);
              const script = document.createElement('script'); script.textContent = 'window.hit = 1'; document.body.append(script);
              document.body.insertAdjacentHTML('beforeend', '<p id=p style="color:red" onclick="window.hit=2">x</p>');
              document.getElementById('p').click();
              await fetch('https://example.org/').catch(() => 0);
            }"""
        )
        assert opened.page.evaluate("window.hit") is None
        assert [url for url in opened.asked if "example.org" in url] == []
        assert len([c for c in opened.complaints if "Content Security Policy" in c]) >= 4


LOOKED_AT = [("session", view) for view in VIEWS] + [
    (name, view) for name in ("none", "hostile", "sessions") for view in ("light", "narrow and dark")
]


@pytest.mark.parametrize(("name", "view"), LOOKED_AT)
def test_axe_finds_nothing(browser, pages, axe, name, view):
    with Opened(browser, pages[name], **VIEWS[view]) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach((d, i) => { d.open = i < 4; })")
        opened.page.evaluate(axe)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = opened.page.evaluate("tags => axe.run({runOnly: tags})", tags)
        assert [(v["id"], v["nodes"][0]["html"], v["nodes"][0]["failureSummary"]) for v in found["violations"]] == []
        assert len(found["passes"]) > 10


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_and_large_type_need_no_sideways_scrolling(browser, pages, name):
    with Opened(browser, pages[name]) as opened:
        for width in (640, 375, 320):  # 640 is 1280 at 200 %
            opened.page.set_viewport_size({"width": width, "height": 700})
            assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_hostile_transcript_runs_nothing_and_hides_nothing(browser, pages):
    with Opened(browser, pages["hostile"]) as opened:
        page = opened.page
        for mark in page.locator("#strips rect[data-t]").all()[:12]:
            mark.hover(force=True)
        page.keyboard.press("j")
        assert page.evaluate("window.hit") is None
        assert page.locator("#main img, #main iframe, #main script, #main style").count() == 0
        text = page.inner_text("#turns")
        for words in HOSTILE:
            assert " ".join(words.split()[:4]) in " ".join(text.split())
        assert page.locator("[dir=auto]").count() > 3
        assert opened.complaints == []


def test_the_timeline_by_keyboard(browser, pages):
    with Opened(browser, pages["session"]) as opened:
        page = opened.page
        marks = page.locator("#strips rect[role=button]")
        assert page.locator("#strips rect[tabindex='0']").count() == 1
        marks.first.focus()
        first = page.inner_text("#shown")
        assert "turn 0" in first
        page.keyboard.press("ArrowRight")
        second = page.inner_text("#shown")
        assert second != first
        assert page.locator("#strips rect[tabindex='0']").count() == 1
        page.keyboard.press("End")
        assert page.evaluate(
            "document.activeElement === [...document.querySelectorAll('#strips rect[role=button]')].at(-1)"
        )
        page.keyboard.press("Home")
        assert page.inner_text("#shown") == first
        page.keyboard.press("Enter")
        page.wait_for_function("document.activeElement.id === 'u0'")
        assert page.url.endswith("#u0")


def test_the_timeline_by_mouse_and_by_touch(browser, pages):
    with Opened(browser, pages["session"]) as opened:
        mark = opened.page.locator("#strips rect[data-t=u2]").first
        mark.hover()
        assert "open question" in opened.page.inner_text("#shown")
        mark.click()
        opened.page.wait_for_function("document.activeElement.id === 'u2'")
    with Opened(browser, pages["session"], has_touch=True, viewport={"width": 375, "height": 800}) as opened:
        opened.page.locator("#strips rect[data-t=u2]").first.tap()
        assert "open question" in opened.page.inner_text("#shown")
        assert "#" not in opened.page.url  # a tap shows; the link in what it shows goes there
        opened.page.click("#shown a")
        opened.page.wait_for_function("document.activeElement.id === 'u2'")


def test_filters_and_keys_in_the_transcript(browser, pages):
    with Opened(browser, pages["session"]) as opened:
        page = opened.page
        assert page.locator(".u:visible").count() == page.locator(".u").count()
        page.get_by_role("checkbox", name="directive", exact=True).check()
        hits = page.locator(".u.hit")
        assert 0 < hits.count() < page.locator(".u").count()
        assert page.locator(".u:has(b.D)").count() == hits.count()
        assert page.locator(".t:visible").count() == page.locator(".t:has(.hit)").count()
        assert f"{hits.count()} of " in page.inner_text("#found")
        page.get_by_role("checkbox", name="directive", exact=True).uncheck()
        page.get_by_role("checkbox", name="unsure", exact=True).check()
        assert 0 < hits.count() == page.locator(".u", has_text="unsure:").count() < page.locator(".u").count()
        page.get_by_role("checkbox", name="directive", exact=True).check()
        page.locator("h1").click()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.matches('.hit')")
        page.get_by_role("button", name="Show everything").click()
        assert page.locator(".u:visible").count() == page.locator(".u").count()
        first = page.evaluate("document.querySelector('.u').id")
        page.evaluate("document.querySelector('.u').tabIndex = -1, document.querySelector('.u').focus()")
        page.keyboard.press("j")
        second = page.evaluate("document.activeElement.id")
        assert second not in (first, "")
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.id") == first
        page.get_by_role("checkbox", name="keys").uncheck()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.id") == "keys"


def test_a_link_reaches_what_a_filter_hides(browser, pages):
    with Opened(browser, pages["session"]) as opened:
        page = opened.page
        page.get_by_role("checkbox", name="directive", exact=True).check()
        hidden = page.evaluate("[...document.querySelectorAll('.u')].find(u => !u.offsetParent).id")
        page.evaluate("id => { location.hash = id }", hidden)
        page.wait_for_function("id => document.activeElement.id === id", arg=hidden)
        assert page.locator(f"#{hidden}").is_visible()


def test_focus_is_seen_and_targets_are_large_enough(browser, pages):
    with Opened(browser, pages["session"]) as opened:
        page = opened.page
        for _ in range(30):
            page.keyboard.press("Tab")
            seen = page.evaluate(
                """() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
                  return [e.outerHTML.slice(0, 80), s.outlineStyle, parseFloat(s.outlineWidth), r.height, e.tagName] }"""
            )
            assert seen[1] != "none", seen
            assert seen[2] >= 2, seen
            if seen[4] in ("BUTTON", "SUMMARY"):
                assert seen[3] >= 24, seen
        small = page.evaluate(
            "[...document.querySelectorAll('label')].filter(l => l.offsetParent && l.getBoundingClientRect().height < 24).length"
        )
        assert small == 0


def test_without_script_everything_can_be_read(browser, pages):
    with Opened(browser, pages["session"], java_script_enabled=False) as opened:
        page = opened.page
        for words in ("I was sleeping in my van", "Sold the stand.", "All measures", "What this page is"):
            assert page.get_by_text(words).first.is_visible()
        for hidden in ("#tools", "#shown"):
            assert not page.locator(hidden).is_visible()
        assert page.get_by_role("img", name="Timeline").is_visible()


def test_reduced_motion_and_forced_colours_are_respected(browser, pages):
    with Opened(browser, pages["session"], reduced_motion="reduce") as opened:
        assert opened.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    with Opened(browser, pages["session"], forced_colors="active") as opened:
        letters = opened.page.evaluate("getComputedStyle(document.querySelector('.u b.O'), '::before').backgroundColor")
        assert letters != opened.page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize(
    ("name", "paper"), [("session", "A4"), ("hostile", "Letter"), ("sessions", "A4"), ("sessions", "Letter")]
)
def test_it_prints(browser, pages, name, paper):
    with Opened(browser, pages[name]) as opened:
        page = opened.page
        printed = page.pdf(format=paper)
        assert printed.startswith(b"%PDF")
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 40
        page.emulate_media(media="print")
        for hidden in ("nav", "#tools", "#shown"):
            for found in page.locator(hidden).all():
                assert not found.is_visible()
        width = {"A4": 688, "Letter": 710}[paper]  # paper less margins, in CSS pixels
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate("document.documentElement.scrollWidth") <= width

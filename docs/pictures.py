"""Make the pictures of the README from the example sessions: ``python docs/pictures.py``.

Needs Playwright and Pillow (``pip install -e ".[dev]"``) and Chromium, found on the path or named in REFLECTKIT_CHROMIUM.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

from reflectkit import analyze

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
WIDTH = 1040
COLOURS = 256


def main() -> None:
    """Write ``docs/images/report.png`` (figures and timeline) and ``transcript.png`` (the annotated transcript)."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("REFLECTKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("There is no Chromium on the path. Name one in REFLECTKIT_CHROMIUM.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        path = Path(folder, "session.html")
        path.write_text(analyze(ROOT / "data" / "examples" / "drop-in.csv").to_html(), "utf-8")
        browser = p.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else []
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, device_scale_factor=1.5, color_scheme="light")
        page.goto(path.as_uri())
        page.locator("#strips rect.S").first.hover()
        page.mouse.move(0, 0)
        shown = page.locator("#shown").bounding_box()
        bottom = page.evaluate("scrollY") + shown["y"] + shown["height"] + 24
        _save(page.screenshot(full_page=True, clip=_clip(0, bottom)), "report.png")
        start = page.evaluate("document.querySelector('#t3').getBoundingClientRect().top + scrollY")
        end = page.evaluate("document.querySelector('#t13').getBoundingClientRect().top + scrollY")
        _save(page.screenshot(full_page=True, clip=_clip(start - 8, end)), "transcript.png")
        browser.close()


def _save(png: bytes, name: str) -> None:
    """Keep the colours that matter: a quarter of the size."""
    from PIL import Image

    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        IMAGES / name, optimize=True
    )


def _clip(top: float, bottom: float) -> dict[str, float]:
    return {"x": 0, "y": top, "width": WIDTH, "height": bottom - top}


if __name__ == "__main__":
    main()

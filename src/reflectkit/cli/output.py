"""What every command prints with: a console that always prints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from typing import TypeAlias

    Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def show(text: str) -> None:
    """Print text.

    Parameters
    ----------
    text : str
        Printed as it is, without a line break added.
    """
    # A console that cannot show a letter shows a question mark instead of ending in an error.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()

"""``python -m reflectkit`` is the command line."""

import sys

from reflectkit.cli import main

sys.exit(main())

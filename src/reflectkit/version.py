"""The package's version, from its installed metadata."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("reflectkit")
except PackageNotFoundError:  # a source tree on the path without an installation
    __version__ = "0+unknown"

"""What can go wrong, in words a user can act on.

Every message says what is wrong, where, and how to mend it. No message holds words of a transcript:
transcripts are about people in distress, and error texts end up in logs and tickets.
"""

from __future__ import annotations

import os


class ReflectkitError(Exception):
    """Base class of all errors raised on purpose by reflectkit."""


class TranscriptError(ReflectkitError, ValueError):
    """A transcript cannot be read or used as it is.

    Parameters
    ----------
    problem : str
        What is wrong.
    fix : str, optional
        How to mend it.
    file : str, optional
        Name of the file, or `None` for data already in memory.
    line : int, optional
        1-based line of the file.
    row : int, optional
        0-based row, cue or line block, counted as in `Analysis.utterances["row"]`.
    column : str, optional
        Column or key concerned.

    Examples
    --------
    >>> print(TranscriptError("there is no text column.", "Give columns={'text': ...}.", file="a.csv", line=1))
    a.csv, line 1: there is no text column. Give columns={'text': ...}.
    """

    def __init__(
        self,
        problem: str,
        fix: str = "",
        *,
        file: str | None = None,
        line: int | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        self.problem, self.fix, self.file, self.line, self.row, self.column = problem, fix, file, line, row, column
        super().__init__(problem)

    def __str__(self) -> str:
        place = [self.file] if self.file else []
        if self.line is not None:
            place.append(f"line {self.line}")
        elif self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column!r}")
        where = ", ".join(place)
        return f"{where}: {self.problem} {self.fix}".strip() if where else f"{self.problem} {self.fix}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        # Errors travel between worker processes; the default would lose the keyword fields.
        return (_rebuild, (self.problem, self.fix, self.file, self.line, self.row, self.column))


def _rebuild(
    problem: str, fix: str, file: str | None, line: int | None, row: int | None, column: str | None
) -> TranscriptError:
    return TranscriptError(problem, fix, file=file, line=line, row=row, column=column)


def fault(error: BaseException) -> str:
    """Say that an error nobody foresaw has happened, by its kind and place; its message may hold words of a transcript.

    Parameters
    ----------
    error : BaseException
        The error, as caught.

    Returns
    -------
    str
        Such as ``an unexpected KeyError in counts.py, line 12.``
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = (
        f" in {os.path.basename(trace.tb_frame.f_code.co_filename)}, line {trace.tb_lineno}"
        if trace is not None
        else ""
    )
    return f"an unexpected {type(error).__name__}{place}."


class ReflectkitWarning(UserWarning):
    """Base class of all warnings given by reflectkit; their messages hold no words of a transcript."""


class TranscriptWarning(ReflectkitWarning):
    """A transcript can be used, but something in it looks wrong enough to be looked at first."""


class ModelError(ReflectkitError, RuntimeError):
    """A model cannot be found, trusted or used.

    Parameters
    ----------
    problem : str
        What is wrong and how to mend it.
    model : str, optional
        Name or folder of the model.
    """

    def __init__(self, problem: str, model: str | None = None) -> None:
        self.problem, self.model = problem, model
        super().__init__(problem, model)

    def __str__(self) -> str:
        return f"model {self.model}: {self.problem}" if self.model else self.problem


class IdentifierWarning(ReflectkitWarning):
    """Direct identifiers remain in a transcript; the message has their count and kinds, none of their words."""


class CorpusError(ReflectkitError, ValueError):
    """Annotated data break the rules of their format; the message names file, row and fix."""


class BatchError(ReflectkitError, RuntimeError):
    """The results of a batch cannot be written or gone on with.

    Parameters
    ----------
    problem : str
        What is wrong.
    fix : str
        How to mend it.
    folder : str
        Name of the results' folder.
    """

    def __init__(self, problem: str, fix: str, folder: str) -> None:
        self.problem, self.fix, self.folder = problem, fix, folder
        super().__init__(problem, fix, folder)

    def __str__(self) -> str:
        return f"{self.folder}: {self.problem} {self.fix}"


class MissingExtraError(ReflectkitError, ImportError):
    """Something was asked for that needs a package which is not installed.

    Parameters
    ----------
    what : str
        What was asked for.
    package : str
        The package it needs.
    extra : str
        Extra of reflectkit that installs it.

    Examples
    --------
    >>> print(MissingExtraError("plots", "matplotlib", "plot"))
    plots need matplotlib, which is not installed. Install it: pip install 'reflectkit[plot]'.
    """

    def __init__(self, what: str, package: str, extra: str) -> None:
        self.what, self.package, self.extra = what, package, extra
        super().__init__(what, package, extra)

    def __str__(self) -> str:
        return f"{self.what} need {self.package}, which is not installed. Install it: pip install 'reflectkit[{self.extra}]'."

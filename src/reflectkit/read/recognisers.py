"""What speech recognisers write in JSON: words or segments with speaker tags, each service in its own layout.

Every layout is brought to the same *stretches* (a speaker, words, times in seconds), a new one wherever the speaker of
a word changes. What names no speaker is given to the speaker before, and counted; what names none at all is refused,
since nothing in it tells worker from client.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from reflectkit.errors import TranscriptError
from reflectkit.read.formats import Reading
from reflectkit.read.times import iso_duration, seconds
from reflectkit.values import Note, Row

_Object: TypeAlias = Mapping[str, Any]
_TAG = re.compile(r"[A-Za-z]|-?\d{1,9}")
_TICKS = 1e-7
_MS = 1e-3


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Words of one speaker; times as the source writes them, in units of `scale` seconds."""

    speaker: object
    text: object
    start: object = None
    end: object = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class _Layout:
    """How to tell and read what one service writes."""

    service: str
    shows: str
    fits: Callable[[_Object], bool]
    read: Callable[[_Object], Iterable[_Stretch]]
    remedy: str


# Shape ----------------------------------------------------------------------------------------------------------------


def _object(value: object) -> _Object:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[_Object]:
    """Return the objects of a list; other things in it hold no words."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _first(value: object) -> _Object:
    return _object(value[0]) if isinstance(value, list) and value else {}


def _get(record: _Object, *keys: str) -> Any:  # noqa: ANN401
    """Return the first value that is there: services write the same key in two styles."""
    return next((record[key] for key in keys if record.get(key) is not None), None)


# Words ----------------------------------------------------------------------------------------------------------------


def _by_speaker(
    words: Sequence[_Stretch], fallback: object = None, whole: object = None, scale: float = 1.0
) -> Iterator[_Stretch]:
    """Join words to stretches of one speaker; a word without a speaker goes to the speaker before it in the segment.

    `whole` is the text of all the words, used as it is where the speaker does not change.
    """
    tags: list[object] = []
    for word in words:
        tags.append(word.speaker if word.speaker is not None else tags[-1] if tags else fallback)
    first = 0
    for n in range(1, len(words) + 1):
        if n < len(words) and tags[n] == tags[first]:
            continue
        said = words[first:n]
        joined = " ".join(word.text.strip() for word in said if isinstance(word.text, str))
        text: object = whole if len(said) == len(words) and isinstance(whole, str) and whole.strip() else joined
        text = next((word.text for word in said if not isinstance(word.text, str | None)), text)  # refused by row later
        starts = [word.start for word in said if word.start is not None]
        ends = [word.end for word in said if word.end is not None]
        yield _Stretch(tags[first], text, starts[0] if starts else None, ends[-1] if ends else None, scale)
        first = n


def _segments(
    segments: Iterable[_Object], *, text: str, words: str, word: tuple[str, ...], scale: float = 1.0
) -> Iterator[_Stretch]:
    """Read segments with a speaker each, cut where their words change speaker."""
    for segment in segments:
        speaker = _get(segment, "speaker", "speaker_id")
        spoken = [
            _Stretch(_get(w, "speaker", "speaker_id"), _get(w, *word), w.get("start"), w.get("end"))
            for w in _objects(segment.get(words))
        ]
        if len({str(w.speaker) for w in spoken if w.speaker is not None} - {str(speaker)}) > 0:
            yield from _by_speaker(spoken, speaker, segment.get(text), scale)
        else:
            yield _Stretch(speaker, segment.get(text), segment.get("start"), segment.get("end"), scale)


# Services -------------------------------------------------------------------------------------------------------------


def _is_whisper(data: _Object) -> bool:
    if any("offsets" in item or "timestamps" in item for item in _objects(data.get("transcription"))[:1]):
        return True
    head = _objects(data.get("segments"))[:1]
    marks = {"words", "tokens", "avg_logprob", "no_speech_prob", "seek", "temperature", "compression_ratio", "type"}
    about = {"word_segments", "language", "task", "text", "duration"}
    return any("text" in item and "start" in item and (marks & set(item) or about & set(data)) for item in head)


def _whisper(data: _Object) -> Iterator[_Stretch]:
    if isinstance(data.get("transcription"), list):  # whisper.cpp
        for item in _objects(data["transcription"]):
            offsets = _object(item.get("offsets"))
            yield _Stretch(item.get("speaker"), item.get("text"), offsets.get("from"), offsets.get("to"), _MS)
        return
    yield from _segments(_objects(data.get("segments")), text="text", words="words", word=("word", "text"))


def _is_aws(data: _Object) -> bool:
    results = _object(data.get("results"))
    items = _first(results.get("items"))
    return ("alternatives" in items and "type" in items) or "speaker_label" in _first(results.get("audio_segments"))


def _aws(data: _Object) -> Iterator[_Stretch]:
    results = _object(data.get("results"))
    segments = _objects(results.get("audio_segments"))
    if segments and all(segment.get("speaker_label") is not None for segment in segments):
        for segment in segments:
            yield _Stretch(
                segment["speaker_label"], segment.get("transcript"), segment.get("start_time"), segment.get("end_time")
            )
        return
    channels = _objects(_object(results.get("channel_labels")).get("channels"))
    spoken = {
        str(item.get("start_time")): _get(item, "speaker_label") or segment.get("speaker_label")
        for segment in _objects(_object(results.get("speaker_labels")).get("segments"))
        for item in _objects(segment.get("items"))
    }
    if len(channels) > 1:
        words = [w for c in channels for w in _aws_words(_objects(c.get("items")), {}, c.get("channel_label"))]
        words.sort(key=lambda w: seconds(w.start) or 0.0)
    else:
        words = _aws_words(_objects(results.get("items")), spoken, None)
    yield from _by_speaker(words)


def _aws_words(items: Iterable[_Object], spoken: Mapping[Any, Any], channel: object) -> list[_Stretch]:
    """Read words, with punctuation marks put to the word before."""
    words: list[_Stretch] = []
    for item in items:
        content = _first(item.get("alternatives")).get("content")
        if item.get("type") == "punctuation" and words:
            words[-1] = replace(words[-1], text=f"{words[-1].text}{content or ''}")
            continue
        start = item.get("start_time")
        speaker = (
            channel or item.get("speaker_label") or (spoken.get(start) if isinstance(start, str | float) else None)
        )
        words.append(_Stretch(speaker, content, start, item.get("end_time")))
    return words


def _is_deepgram(data: _Object) -> bool:
    results = _object(data.get("results"))
    return "alternatives" in _first(results.get("channels")) or "transcript" in _first(results.get("utterances"))


def _deepgram(data: _Object) -> Iterator[_Stretch]:
    results = _object(data.get("results"))
    channels = _objects(results.get("channels"))
    utterances = _objects(results.get("utterances"))
    if len(channels) > 1:  # one microphone each
        if utterances:
            for u in utterances:
                yield _Stretch(f"channel {u.get('channel')}", u.get("transcript"), u.get("start"), u.get("end"))
            return
        words = [
            _Stretch(f"channel {n}", _get(w, "punctuated_word", "word"), w.get("start"), w.get("end"))
            for n, channel in enumerate(channels)
            for w in _objects(_first(channel.get("alternatives")).get("words"))
        ]
        words.sort(key=lambda w: seconds(w.start) or 0.0)
        yield from _by_speaker(words)
        return
    if utterances:
        yield from _segments(utterances, text="transcript", words="words", word=("punctuated_word", "word"))
        return
    best = _first(_first(results.get("channels")).get("alternatives"))
    words = [
        _Stretch(w.get("speaker"), _get(w, "punctuated_word", "word"), w.get("start"), w.get("end"))
        for w in _objects(best.get("words"))
    ]
    if any(w.speaker is not None for w in words):
        yield from _by_speaker(words)
        return
    for paragraph in _objects(_object(best.get("paragraphs")).get("paragraphs")):
        for sentence in _objects(paragraph.get("sentences")):
            yield _Stretch(paragraph.get("speaker"), sentence.get("text"), sentence.get("start"), sentence.get("end"))


def _is_assemblyai(data: _Object) -> bool:
    head = _first(data.get("utterances"))
    marks = {
        "audio_url",
        "acoustic_model",
        "language_model",
        "audio_duration",
        "speech_model",
        "webhook_url",
        "punctuate",
    }
    timed = all(isinstance(head.get(key), int) for key in ("start", "end"))
    plain = "audio_url" in data and ("words" in data or "text" in data)
    return (bool(head) and "text" in head and bool(marks & set(data) or (timed and "words" in head))) or plain


def _assemblyai(data: _Object) -> Iterator[_Stretch]:
    utterances = _objects(data.get("utterances"))
    if utterances:
        yield from _segments(utterances, text="text", words="words", word=("text",), scale=_MS)
        return
    words = [
        _Stretch(w.get("speaker"), w.get("text"), w.get("start"), w.get("end")) for w in _objects(data.get("words"))
    ]
    yield from _by_speaker(words, scale=_MS)


def _is_azure(data: _Object) -> bool:
    return "nBest" in _first(data.get("recognizedPhrases")) or (
        "offsetMilliseconds" in _first(data.get("phrases")) or "combinedPhrases" in data
    )


def _azure(data: _Object) -> Iterator[_Stretch]:
    found: list[tuple[float, _Stretch]] = []
    batch = _objects(data.get("recognizedPhrases"))
    phrases = batch or _objects(data.get("phrases"))
    by_channel = all(p.get("speaker") is None for p in phrases) and len({str(p.get("channel")) for p in phrases}) > 1
    for phrase in phrases:
        speaker = f"channel {phrase.get('channel')}" if by_channel else phrase.get("speaker")
        if batch:
            start, length = (_azure_time(phrase, key) for key in ("offset", "duration"))
            text = _get(_first(phrase.get("nBest")), "display", "itn", "lexical")
        else:
            start, length = (_scaled(phrase.get(f"{key}Milliseconds"), _MS) for key in ("offset", "duration"))
            text = phrase.get("text")
        if text is None and phrase.get("recognitionStatus") not in (None, "Success"):
            continue
        end = start + length if start is not None and length is not None else None
        found.append((start or 0.0, _Stretch(speaker, text, start, end)))
    found.sort(key=lambda pair: pair[0])
    yield from (stretch for _, stretch in found)


def _azure_time(phrase: _Object, key: str) -> float | None:
    ticks = _scaled(phrase.get(f"{key}InTicks"), _TICKS)
    return ticks if ticks is not None else iso_duration(phrase.get(key))


def _is_google(data: _Object) -> bool:
    results = _google_results(data)
    return bool(results) and any("alternatives" in result for result in results[:5])


def _google_results(data: _Object) -> list[_Object]:
    return _objects(data.get("results")) or _objects(_object(data.get("response")).get("results"))


def _google(data: _Object) -> Iterator[_Stretch]:
    spoken = []
    for result in _google_results(data):
        words = [
            _Stretch(
                _google_tag(w), _get(w, "word"), _google_time(w, "startTime", "start_time", "startOffset", "start_offset"),
                _google_time(w, "endTime", "end_time", "endOffset", "end_offset"),
            )
            for w in _objects(_first(result.get("alternatives")).get("words"))
        ]  # fmt: skip
        if words:
            spoken.append(words)
    if len(spoken) > 1:
        # With speakers, the last result says all the words again, and only there they carry tags.
        first, last = (seconds(words[0].start) for words in (spoken[0], spoken[-1]))
        if last is None or first is None or last <= first:
            spoken = spoken[-1:]
    for words in spoken:
        yield from _by_speaker(words)


def _google_tag(word: _Object) -> object:
    tag = _get(word, "speakerLabel", "speaker_label", "speakerTag", "speaker_tag")
    return tag or None  # the tag 0 stands for none


def _google_time(word: _Object, *keys: str) -> float | None:
    value = _get(word, *keys)
    if isinstance(value, Mapping):
        whole, rest = _scaled(value.get("seconds", 0), 1.0), _scaled(value.get("nanos", 0), 1e-9)
        return None if whole is None or rest is None else whole + rest
    return seconds(value.removesuffix("s")) if isinstance(value, str) else seconds(value)


def _is_revai(data: _Object) -> bool:
    return "elements" in _first(data.get("monologues"))


def _revai(data: _Object) -> Iterator[_Stretch]:
    names = {str(s.get("id")): s.get("name") for s in _objects(data.get("speakers"))}
    for monologue in _objects(data.get("monologues")):
        elements = _objects(monologue.get("elements"))
        speaker = monologue.get("speaker")
        values = [e.get("value") for e in elements]
        starts = [e["ts"] for e in elements if e.get("ts") is not None]
        ends = [e["end_ts"] for e in elements if e.get("end_ts") is not None]
        text = "".join(map(str, values)) if all(isinstance(v, str) for v in values) else values
        yield _Stretch(
            names.get(str(speaker)) or speaker, text, starts[0] if starts else None, ends[-1] if ends else None
        )


def _is_speechmatics(data: _Object) -> bool:
    head = _first(data.get("results"))
    return "type" in head and "start_time" in head and "content" in _first(head.get("alternatives"))


def _speechmatics(data: _Object) -> Iterator[_Stretch]:
    words: list[_Stretch] = []
    for item in _objects(data.get("results")):
        best = _first(item.get("alternatives"))
        content, speaker = best.get("content"), _get(best, "speaker") or item.get("channel")
        if item.get("type") == "punctuation" and item.get("attaches_to") != "next" and words:
            words[-1] = replace(words[-1], text=f"{words[-1].text}{content or ''}")
        else:
            words.append(_Stretch(speaker, content, item.get("start_time"), item.get("end_time")))
    yield from _by_speaker(words)


def _is_elevenlabs(data: _Object) -> bool:
    tracks = _objects(data.get("transcripts")) or [data]
    return any(
        word.get("type") in ("word", "spacing", "audio_event") and "text" in word
        for track in tracks
        for word in _objects(track.get("words"))[:3]
    )


def _elevenlabs(data: _Object) -> Iterator[_Stretch]:
    tracks = _objects(data.get("transcripts"))
    words = [
        _Stretch(
            f"channel {track.get('channel_index')}" if len(tracks) > 1 else w.get("speaker_id"),
            w.get("text"),
            w.get("start"),
            w.get("end"),
        )
        for track in tracks or [data]
        for w in _objects(track.get("words"))
        if w.get("type") != "spacing"
    ]
    if len(tracks) > 1:
        words.sort(key=lambda w: seconds(w.start) or 0.0)
    yield from _by_speaker(words)


_DIARISE = "Transcribe again with speaker recognition (diarisation)"
_LAYOUTS: Mapping[str, _Layout] = {
    "aws": _Layout("AWS Transcribe", "results with items", _is_aws, _aws, f"{_DIARISE}: ShowSpeakerLabels."),
    "deepgram": _Layout(
        "Deepgram", "results with channels or utterances", _is_deepgram, _deepgram, f"{_DIARISE}: diarize=true."
    ),
    "azure": _Layout(
        "Azure Speech", "recognizedPhrases or phrases", _is_azure, _azure, f"{_DIARISE}: diarizationEnabled."
    ),
    "speechmatics": _Layout(
        "Speechmatics", "results with types", _is_speechmatics, _speechmatics, f"{_DIARISE}: diarization=speaker."
    ),
    "google": _Layout(
        "Google Speech-to-Text",
        "results with alternatives",
        _is_google,
        _google,
        f"{_DIARISE}: enableSpeakerDiarization.",
    ),
    "revai": _Layout("Rev AI", "monologues with elements", _is_revai, _revai, f"{_DIARISE}."),
    "assemblyai": _Layout(
        "AssemblyAI", "utterances in milliseconds", _is_assemblyai, _assemblyai, f"{_DIARISE}: speaker_labels=true."
    ),
    "elevenlabs": _Layout("ElevenLabs", "words with types", _is_elevenlabs, _elevenlabs, f"{_DIARISE}: diarize=true."),
    "whisper": _Layout(
        "Whisper or WhisperX", "segments with text and times", _is_whisper, _whisper, f"{_DIARISE}: whisperx --diarize."
    ),
}
RECOGNISERS = tuple(_LAYOUTS)
"""Names of the formats read here."""


def recogniser_of(data: object) -> tuple[str, str] | None:
    """Tell which recogniser wrote a parsed JSON file.

    Parameters
    ----------
    data : object
        Parsed file.

    Returns
    -------
    (str, str) or None
        Name of the format and what gave it away; `None` if no recogniser is known to write like that.

    Examples
    --------
    >>> recogniser_of({"monologues": [{"speaker": 0, "elements": []}]})
    ('revai', 'it holds monologues with elements, as Rev AI writes')
    """
    if not isinstance(data, Mapping):
        return None
    for name, layout in _LAYOUTS.items():
        if layout.fits(data):
            return name, f"it holds {layout.shows}, as {layout.service} writes"
    return None


def read_recogniser(data: object, format: str, *, file: str | None = None) -> Reading:
    """Read what a recogniser wrote.

    Parameters
    ----------
    data : object
        Parsed file.
    format : str
        One of `RECOGNISERS`.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        A row for each stretch of one speaker, as the recogniser cut them; `Row.row` counts from 0. The notes tell of
        speakers carried on, stretches without words, and times left out.

    Raises
    ------
    TranscriptError
        If the layout is another one, names no speakers, or holds something else than text where words should be.
    """
    layout = _LAYOUTS[format]
    if not isinstance(data, Mapping) or not layout.fits(data):
        raise TranscriptError(
            f"this is not what {layout.service} writes: there are no {layout.shows}.",
            "Leave format= out, or give another.",
            file=file,
        )
    stretches = list(layout.read(data))
    if all(stretch.text is None for stretch in stretches):
        raise TranscriptError("there are no words in it.", "Check that the recording was transcribed.", file=file)
    if all(_missing(s.speaker) for s in stretches):
        raise TranscriptError(
            f"{layout.service} wrote down no speakers.",
            f"{layout.remedy} Or give rows with a speaker each, as {{'speaker': …, 'text': …}}.",
            file=file,
        )
    return Reading(*_rows(stretches, file), units=False)


def _rows(stretches: Sequence[_Stretch], file: str | None) -> tuple[list[Row], list[Note]]:
    rows: list[Row] = []
    counts: Counter[str] = Counter()
    first = next(s.speaker for s in stretches if not _missing(s.speaker))
    for n, stretch in enumerate(stretches):
        if not isinstance(stretch.text, str | None):
            raise TranscriptError("the words are not text.", "Export it again.", file=file, row=n)
        text = " ".join((stretch.text or "").split())
        if not text:
            counts["blank"] += 1
            continue
        if _missing(stretch.speaker):
            speaker = rows[-1].speaker if rows else _label(first, file, n)
            counts["carried" if rows else "ahead"] += 1
        else:
            speaker = _label(stretch.speaker, file, n)
        start_s, end_s = (_scaled(value, stretch.scale) for value in (stretch.start, stretch.end))
        counts["time"] += (start_s is None and stretch.start is not None) or (end_s is None and stretch.end is not None)
        if start_s is not None and end_s is not None and end_s < start_s:
            start_s = end_s = None
            counts["time"] += 1
        rows.append(Row(n, speaker, text, start_s, end_s))
    return rows, _told(counts)


def _told(counts: Counter[str]) -> list[Note]:
    messages = {
        "blank": ("skipped", "stretches without words were left out."),
        "carried": ("mended", "stretches without a speaker were given to the speaker before."),
        "ahead": ("guessed", "stretches before the first speaker were given to that speaker."),
        "time": ("skipped", "times that are no times, or run backwards, were left out."),
    }
    return [Note(*message, count=counts[key]) for key, message in messages.items() if counts[key]]


def _missing(speaker: object) -> bool:
    return speaker is None or speaker == "" or (isinstance(speaker, float) and math.isnan(speaker))


def _label(speaker: object, file: str | None, row: int) -> str:
    """Name a speaker; bare numbers and letters are recognisers' tags, and no names or role words."""
    if isinstance(speaker, bool) or not isinstance(speaker, str | int | float):
        raise TranscriptError("the speaker is neither a name nor a number.", "Export it again.", file=file, row=row)
    if isinstance(speaker, int) and abs(speaker) > 10**9:
        raise TranscriptError("the speaker's number is too large.", "Export it again.", file=file, row=row)
    name = f"{speaker:g}" if isinstance(speaker, float) else " ".join(str(speaker).split())
    return f"Speaker {name}" if _TAG.fullmatch(name) else name


def _scaled(value: object, scale: float) -> float | None:
    found = seconds(value)
    return None if found is None else round(found * scale, 6)

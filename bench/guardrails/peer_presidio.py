"""Presidio's pattern recognisers, without a language model: a blank pipeline that only splits words.

Lower-cased words stand in for lemmas, so that the words around a match raise its score as they do with a model.
"""

import inspect
from importlib.metadata import version

try:
    import spacy
    from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.language import Language
    from spacy.tokens import Doc
    from tldextract import TLDExtract, tldextract
except ImportError:
    AnalyzerEngine = None

from bench.guardrails.corpus import Span
from bench.guardrails.detectors import Body, NotInstalled, cut


class Presidio:
    """All pattern recognisers of the package, whatever country; findings of a score below ``least`` are dropped."""

    kinds = frozenset({"pii"})

    def __init__(self, least: float) -> None:
        self.name = f"Presidio's patterns, score ≥ {least}"
        if AnalyzerEngine is None:
            raise NotInstalled(self.name)
        self.version = version("presidio-analyzer")
        tldextract.TLD_EXTRACTOR = TLDExtract(suffix_list_urls=())  # its own copy of the list: nothing is fetched
        registry = RecognizerRegistry(recognizers=[each(supported_language="en") for each in _recognisers()])
        self._engine = AnalyzerEngine(registry=registry, nlp_engine=_blank(), supported_languages=["en"])
        self._least = least

    def found(self, text: str) -> list[Span]:
        """Return the spans of all entities."""
        results = self._engine.analyze(text, language="en", score_threshold=self._least)
        return [(result.start, result.end) for result in results]

    def replaced(self, text: str) -> str | None:
        """Cut the spans out, merged, as its anonymiser does."""
        return cut(text, self.found(text), "<PII>")

    def sent(self, endpoint: str, body: Body) -> Body | None:
        """It knows nothing of requests."""
        raise NotImplementedError


def _recognisers() -> list:
    every = (getattr(predefined_recognizers, name) for name in predefined_recognizers.__all__)
    return [each for each in every if inspect.isclass(each) and issubclass(each, PatternRecognizer)]


def _blank() -> "SpacyNlpEngine":
    if not Language.has_factory("words_for_lemmas"):
        Language.component("words_for_lemmas", func=_words_for_lemmas)
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    pipeline = spacy.blank("en")
    pipeline.max_length = 10_000_000
    pipeline.add_pipe("words_for_lemmas")
    engine.nlp = {"en": pipeline}
    return engine


def _words_for_lemmas(doc: "Doc") -> "Doc":
    for token in doc:
        token.lemma_ = token.lower_
    return doc

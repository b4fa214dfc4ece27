from llm_proxy.admission.benign import texts


def test_there_are_some_hundred_different_ordinary_texts() -> None:
    assert 300 <= len(texts()) <= 500
    assert len(set(texts())) == len(texts())
    assert all(text.strip() and len(text) < 4000 for text in texts())

"""MOCK, GW and a caller. One gateway serves most tests, each with its own provider and key; some need own settings."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateway_process import Caller, Gateway
from tests.mock_answers import sensible
from tests.mock_upstream import Mock
from tests.wire import BlackHole

StartGateway = Callable[..., Gateway]


@pytest.fixture(scope="session", autouse=True)
def _no_proxies() -> None:
    """The official clients read proxies from the environment; here everything is on loopback."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def mock_process() -> Iterator[Mock]:
    """The upstream of the whole session."""
    with Mock(sensible) as mock:
        yield mock


@pytest.fixture
def mock(mock_process: Mock) -> Iterator[Mock]:
    """The upstream, with an empty ledger."""
    yield mock_process
    mock_process.reset()


@pytest.fixture
def second_mock() -> Iterator[Mock]:
    """Another host."""
    with Mock(sensible) as mock:
        yield mock


@pytest.fixture(scope="session")
def gateway_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway of the whole session, as it comes except for the deadlines a test has to wait for."""
    with Gateway(tmp_path_factory.mktemp("gateway"), log_level="debug") as gateway:
        yield gateway


@pytest.fixture
def gateway(gateway_process: Gateway, mock: Mock) -> Iterator[Gateway]:
    """The shared gateway; rules are gone and everything is closed after the test."""
    yield gateway_process
    mock.reset()
    gateway_process.remove_rules()
    gateway_process.check()


@pytest.fixture
def caller(gateway: Gateway, mock: Mock) -> Caller:
    """A key without limit at the shared gateway, its provider is MOCK."""
    return gateway.caller(mock.url)


@pytest.fixture
def start_gateway(tmp_path: Path, mock: Mock) -> Iterator[StartGateway]:
    """Start gateways with settings of their own; each is checked and must exit with 0."""
    started: list[Gateway] = []

    def start(**settings: object) -> Gateway:
        folder = tmp_path / f"gateway-{len(started)}"
        folder.mkdir()
        started.append(Gateway(folder, log_level="debug", **settings).__enter__())
        return started[-1]

    yield start
    mock.reset()
    for gateway in started:
        if gateway.process.poll() is None:
            gateway.check()
        gateway.__exit__(None)


@pytest.fixture
def black_hole() -> Iterator[BlackHole]:
    """A host to which no connection is ever made."""
    hole = BlackHole()
    yield hole
    hole.close()

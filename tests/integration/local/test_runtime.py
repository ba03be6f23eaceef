"""Functions really run: in processes of AWS's runtime client, warm, bounded and fenced in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sightline.domain.errors import ConflictError
from sightline.local.functions.runtime import FunctionSpec, InvokeResult, Outcome, Pool
from sightline.local.iam.credentials import OWNER

CODE = """
import os, sys, threading, time
STARTED = time.time()

class TornBeltError(Exception):
    pass

def echo(event, context):
    print("seen", event)
    return {"event": event, "pid": os.getpid(), "remaining": context.get_remaining_time_in_millis(),
            "arn": context.invoked_function_arn, "request": context.aws_request_id}

def environment(event, context):
    return dict(os.environ)

def fail(event, context):
    raise TornBeltError("belt 3")

def crash(event, context):
    print("last words")
    os._exit(3)

def sleep(event, context):
    time.sleep(event)
    return "slept"

def chatter(event, context):
    sys.stdout.write("x" * 1_000_000)
    return "y" * 500_000

def imports(event, context):
    import sightline
    return sightline.__file__

def dial(event, context):
    import socket, urllib.request
    problems = []
    for attempt in (
        lambda: urllib.request.urlopen("http://192.0.2.1/", timeout=2),
        lambda: socket.create_connection(("192.0.2.1", 80), timeout=2),
        lambda: socket.getaddrinfo("aws.example", 443),
    ):
        try:
            attempt()
            problems.append(None)
        except OSError as error:
            problems.append(type(error).__name__)
    return problems
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    (folder / "belt.py").write_text(CODE)
    (folder / "broken.py").write_text("import no_such_package")
    (folder / "quits.py").write_text("raise SystemExit(7)")
    return folder


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(endpoint="http://127.0.0.1:1") as pool:
        yield pool


def spec(code: Path, handler: str, **changes: object) -> FunctionSpec:
    return FunctionSpec(name=handler.replace(".", "-"), handler=handler, code=code, **changes)  # type: ignore[arg-type]


def call(pool: Pool, function: FunctionSpec, event: object = None) -> InvokeResult:
    return pool.invoke(function, json.dumps(event).encode())


def test_the_answer_is_the_handlers_and_the_context_is_lambdas(pool: Pool, code: Path) -> None:
    result = call(pool, spec(code, "belt.echo", timeout_seconds=5), {"part": "ü-7"})

    assert result.outcome is Outcome.OK
    answer = result.json()
    assert answer["event"] == {"part": "ü-7"}
    assert 4000 < answer["remaining"] <= 5000
    assert answer["arn"] == "arn:aws:lambda:eu-west-1:123456789012:function:belt-echo"
    assert answer["request"] == result.request_id
    assert result.logs == "seen {'part': 'ü-7'}\n"


def test_a_warm_process_serves_the_next_event(pool: Pool, code: Path) -> None:
    function = FunctionSpec("warm", "belt.echo", code)

    pids = {call(pool, function).json()["pid"] for _ in range(5)}

    assert len(pids) == 1
    figures = pool.figures.of("warm")
    assert len(figures.cold_starts) == 1
    assert len(figures.durations) == 5
    assert sorted(figures.durations)[2] < figures.cold_starts[0]
    assert figures.outcomes == {Outcome.OK: 5}


def test_a_worker_can_be_started_ahead(pool: Pool, code: Path) -> None:
    function = FunctionSpec("ahead", "belt.echo", code)

    assert pool.warm(function) is None
    call(pool, function)

    assert len(pool.figures.of("ahead").cold_starts) == 1
    problem = pool.warm(spec(code, "broken.handler"))
    assert problem is not None
    assert problem.outcome is Outcome.INIT_ERROR


def test_a_raised_error_keeps_its_type_and_the_process(pool: Pool, code: Path) -> None:
    results = [call(pool, spec(code, "belt.fail")) for _ in range(2)]

    assert [result.outcome for result in results] == [Outcome.ERROR] * 2
    assert results[0].json()["errorType"] == "TornBeltError"
    assert results[0].json()["errorMessage"] == "belt 3"
    assert results[0].worker == results[1].worker


def test_a_process_that_ends_is_a_crash_and_is_replaced(pool: Pool, code: Path) -> None:
    first, second = (call(pool, spec(code, "belt.crash")) for _ in range(2))

    assert first.outcome is Outcome.CRASH
    assert first.json()["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in first.json()["errorMessage"]
    assert first.logs == "last words\n"
    assert second.worker != first.worker


def test_a_function_that_takes_too_long_is_stopped(pool: Pool, code: Path) -> None:
    function = spec(code, "belt.sleep", timeout_seconds=0.3)

    late, quick = call(pool, function, 30), call(pool, function, 0)

    assert late.outcome is Outcome.TIMEOUT
    assert late.json()["errorType"] == "Sandbox.Timedout"
    assert "timed out after 0.30 seconds" in late.json()["errorMessage"]
    assert quick.json() == "slept"


@pytest.mark.parametrize(
    ("handler", "outcome", "error_type"),
    [
        ("broken.handler", Outcome.INIT_ERROR, "Runtime.ImportModuleError"),
        ("belt.no_such", Outcome.INIT_ERROR, "Runtime.HandlerNotFound"),
        ("quits.handler", Outcome.CRASH, "Runtime.ExitError"),
    ],
)
def test_a_handler_that_cannot_be_loaded_says_why(
    pool: Pool, code: Path, handler: str, outcome: Outcome, error_type: str
) -> None:
    result = call(pool, spec(code, handler))

    assert result.outcome is outcome
    assert result.json()["errorType"] == error_type


def test_output_is_bounded_and_large_answers_are_whole(pool: Pool, code: Path) -> None:
    result = call(pool, spec(code, "belt.chatter"))

    assert result.json() == "y" * 500_000
    assert len(result.logs) < 300_000
    assert "earlier bytes dropped" in result.logs


def test_nothing_is_inherited_and_aws_is_the_local_server(
    pool: Pool, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter2")
    function = spec(
        code,
        "belt.environment",
        environment={"TABLE": "parts", "AWS_ENDPOINT_URL": "https://elsewhere.example"},
    )

    environment = call(pool, function).json()

    assert environment["TABLE"] == "parts"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["AWS_ACCESS_KEY_ID"] == OWNER.access_key_id
    assert "DATABASE_PASSWORD" not in environment


def test_nothing_outside_this_machine_is_reached(pool: Pool, code: Path) -> None:
    answers = call(pool, spec(code, "belt.dial")).json()

    assert None not in answers


def test_the_functions_own_package_comes_first(pool: Pool, tmp_path: Path, code: Path) -> None:
    (tmp_path / "belt.py").write_text((code / "belt.py").read_text())
    (tmp_path / "sightline").mkdir()
    (tmp_path / "sightline" / "__init__.py").write_text("")

    found = call(pool, spec(tmp_path, "belt.imports")).json()

    assert Path(found).parent.parent == tmp_path


def test_no_more_workers_than_allowed(code: Path) -> None:
    function = FunctionSpec("bounded", "belt.echo", code)
    with Pool(workers_per_function=2) as pool, ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda n: call(pool, function, n).json(), range(40)))

        assert sorted(answer["event"] for answer in results) == list(range(40))
        assert len(pool.pids()) <= 2


def test_an_interceptor_answers_in_a_functions_place(code: Path) -> None:
    faults = [InvokeResult(Outcome.ERROR, b'{"errorType": "Injected"}')]

    def once(_: FunctionSpec, __: bytes) -> InvokeResult | None:
        return faults.pop() if faults else None

    with Pool(interceptor=once) as pool:
        results = [call(pool, spec(code, "belt.echo")).outcome for _ in range(2)]

    assert results == [Outcome.ERROR, Outcome.OK]


def test_closing_ends_busy_workers_too(code: Path) -> None:
    pool = Pool()
    answers: list[InvokeResult] = []
    busy = threading.Thread(target=lambda: answers.append(call(pool, spec(code, "belt.sleep"), 60)))
    busy.start()
    while not pool.figures.of("belt-sleep").cold_starts:
        time.sleep(0.01)
    pids = pool.pids()

    pool.close()
    busy.join(5)

    assert answers[0].outcome is Outcome.CRASH
    assert pids
    assert not any(lives(pid) for pid in pids)
    with pytest.raises(ConflictError):
        call(pool, spec(code, "belt.echo"))


def test_workers_end_with_a_killed_parent(code: Path) -> None:
    script = textwrap.dedent(f"""
        import threading, time
        from pathlib import Path
        from sightline.local.functions.runtime import FunctionSpec, Pool
        pool = Pool()
        function = FunctionSpec("sleep", "belt.sleep", Path({str(code)!r}))
        pool.invoke(function, b"0")
        threading.Thread(target=pool.invoke, args=(function, b"60")).start()
        time.sleep(0.2)
        print(*pool.pids(), flush=True)
        time.sleep(60)
    """)
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    pids = [int(pid) for pid in parent.stdout.readline().split()]

    parent.kill()
    parent.wait()

    assert pids
    deadline = time.monotonic() + 5
    while any(lives(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(lives(pid) for pid in pids)


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False

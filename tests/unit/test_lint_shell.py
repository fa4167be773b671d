"""Scripts are taken apart as a shell does, where a judgement needs it."""

from __future__ import annotations

import pytest

from generator.lint.shell import parse, passed_over

pytestmark = pytest.mark.unit


def commands(text: str) -> list[tuple[int, str]]:
    return [(command.line, command.text) for command in parse(text)[0]]


def test_what_continues_a_command_is_one_with_it() -> None:
    assert commands("a \\\n  b\nc &&\n  d\ne | \n f") == [
        (0, "a   b"),
        (2, "c &&\n  d"),
        (4, "e |\n f"),
    ]


def test_a_quote_keeps_its_lines_and_hides_what_looks_like_a_comment() -> None:
    assert commands("python -c '\nimport x # y\n'\nnext # said") == [
        (0, "python -c '\nimport x # y\n'"),
        (3, "next"),
    ]


def test_a_heredoc_is_no_command_and_knows_its_file() -> None:
    found, heredocs = parse("cat > out.yml <<'EOF'\nversion: 0.0\nkey: x\nEOF\nls")
    assert [c.text for c in found] == ["cat > out.yml <<'EOF'", "ls"]
    assert [(h.line, h.file, h.text) for h in heredocs] == [(1, "out.yml", "version: 0.0\nkey: x")]


def test_a_heredoc_that_never_ends_ends_with_the_text() -> None:
    assert parse("cat <<EOF\na\nb")[1][0].text == "a\nb"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pytest", []),
        ("pytest\nmake", ["pytest"]),
        ("set -e\npytest\nmake", []),
        ("set -euo pipefail\npytest\nmake", []),
        ("set -o errexit\npytest\nmake", []),
        ("pytest\nset -e\nmake", ["pytest"]),
        ("echo begin\nX=1\nexport Y=2\nmake", []),
        ("X=$(make x)\nmake", ["X=$(make x)"]),
        ("pytest || exit 1\nmake", []),
        ("pytest || { echo bad; exit 1; }\nmake", []),
        ("pytest &&\nmake", []),
        ("if [ -f x ]; then\n  pytest\nelse\n  make\nfi", []),
        ("if [ -f x ]; then\n  pytest\n  make\nfi", ["pytest"]),
        ("if [ -f x ]; then\n  pytest\nfi\nmake", ["pytest"]),
        ("for f in *; do\n  make $f\ndone", ["make $f"]),
        ("set +e\npytest\nstatus=$?\nexit $status", []),
        ("cat > x <<EOF\na\nb\nEOF", []),
        ("case $X in\n  a)\n    make a\n    ;;\n  b)\n    make b\n    ;;\nesac", []),
    ],
)
def test_a_script_without_errexit_goes_on_after_all_but_its_last_command(
    text: str, found: list[str]
) -> None:
    assert [command.text for command in passed_over(text)] == found

"""E9902: buildspecs."""

import re
from collections.abc import Iterator

from generator.lint.buildspec import Buildspec, Step, read
from generator.lint.guardrail import File, FileGuardrail, Reads, Spot
from generator.lint.installs import unlocked
from generator.lint.outputs import unmade
from generator.lint.shell import Command, passed_over, stops_at_failure
from generator.lint.template import Node, Template
from generator.lint.template.builds import inline_buildspecs
from generator.lint.template.pipelines import PROJECT

SWALLOWED = re.compile(
    r"^(?P<before>.*)(?:\|\|\s*(?:/bin/)?(?:true|:|exit\s+0|echo\b[^;&|]*)\s*(?:[;)}].*)?"
    r"|;\s*(?:true|exit\s+0)\s*)$",
    re.DOTALL,
)
IGNORES = re.compile(r"^set\s+\+[a-z]*e")
LOOKS = re.compile(r"\$\?|PIPESTATUS|\bset\s+-[a-z]*e[^\n]*$")
PROBES = re.compile(
    r"^(?:sudo\s+)?(?:rm|mkdir|rmdir|p?kill|killall|e?grep|find|which|command|type|diff|umount|test"
    r"|\[|ls|read|expr|let|(?:docker|podman)\s+(?:pull|rm|rmi|stop|kill|network|volume|inspect"
    r"|manifest|image)|git\s+(?:fetch|diff|tag|config|describe|rev-parse|show)"
    r"|aws\s+[\w-]+\s+(?:create|describe|get|head|list|delete|wait)[\w-]*)(?:\s|$)"
)
"""What may fail for a good reason: nothing to remove, nothing found, there already."""
PACKAGES = re.compile(
    r"\bzip\s|\btar\s+-?\w*c|\bdocker\s+(?:image\s+|compose\s+)?push\b|\baws\s+s3\s+(?:cp|sync|mv)\b"
    r"|\baws\s+s3api\s+put-object\b|\baws\s+cloudformation\s+(?:package|deploy|update|create)"
    r"|\baws\s+lambda\s+(?:update-function|publish|update-alias)|\baws\s+deploy\s+(?:push|create)"
    r"|\baws\s+(?:ecs|eks|elasticbeanstalk)\s+(?:update|create|deploy)"
    r"|\bsam\s+(?:package|deploy|publish)\b|\bcdk\s+deploy\b|\b(?:npm|yarn|pnpm)\s+publish\b"
    r"|\btwine\s+upload\b|\b(?:serverless|sls)\s+(?:deploy|package)\b|\bterraform\s+apply\b"
    r"|\bkubectl\s+(?:apply|set)\b|\bhelm\s+(?:upgrade|install)\b|imagedefinitions\.json"
)
REPORTS = re.compile(r"report|coverage|junit|\blogs?\b|test-?results", re.IGNORECASE)
PYTHON = re.compile(r"\d+\.\d+")
RUNTIME = re.compile(r"python(\d+\.\d+)")
FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")


class BuildspecFile(FileGuardrail):
    """Builds end at the first command that fails, and build what is locked."""

    id = "E9902"
    shortdesc = "Buildspec that goes on after a failure or builds what nobody locked"
    description = (
        "A build that goes on after a command has failed hands on what was never built or tested; "
        "one that installs whatever is newest, or runs another Python than the functions, tests "
        "something else than what is deployed."
    )
    source_url = "https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html"
    reads = (Reads.BUILDSPEC,)
    bad = """
version: 0.2
phases:
  install:
    commands:
      - pip install -r requirements.txt  # <- install
  build:
    commands:
      - |
        pytest  # <- build
        aws cloudformation package --template-file app.yaml --output-template-file out.yaml
      - flake8 || true  # <- build
artifacts:
  files:
    - packaged.yaml  # <- files
"""
    good = """
version: 0.2
phases:
  install:
    commands:
      - pip install --require-hashes -r requirements.txt
  build:
    commands:
      - |
        set -e
        pytest
        aws cloudformation package --template-file app.yaml --output-template-file packaged.yaml
      - flake8
artifacts:
  files:
    - packaged.yaml
"""

    def read(self, file: File) -> Iterator[Spot]:
        buildspec = read(file.text)
        if buildspec is not None:
            yield from _goes_on(buildspec)
            yield from _packages_a_failure(buildspec)
            yield from unmade(buildspec, file.path)
            yield from _installs(buildspec, file)
            yield from _other_python(buildspec, file.templates)

    def inline(self, template: Template) -> Iterator[Node]:
        for project in template.of_type(PROJECT):
            yield from inline_buildspecs(project)


def _goes_on(buildspec: Buildspec) -> Iterator[Spot]:
    for name in ("install", "pre_build", "build"):
        if buildspec.phase(name).get("on-failure") == "CONTINUE":
            path = ("phases", name, "on-failure")
            yield Spot(*buildspec.document.at(path), "set on-failure: ABORT", path)
    guarded: set[str] = set()
    for step in buildspec.steps:
        if step.phase not in guarded and not step.is_final:
            # What stands below one that is passed over is no news.
            for command in list(passed_over(step.text))[:1]:
                yield _spot(
                    buildspec,
                    step,
                    command,
                    "begin this block with set -e: it goes on after this command has failed",
                )
        if stops_at_failure(step.text):  # one shell runs all commands
            guarded.add(step.phase)
    for step, command in buildspec.commands():
        if IGNORES.match(command.text) and not LOOKS.search(step.text):
            yield _spot(buildspec, step, command, "let the build end at a failure: drop set +e")
        if not step.is_final and _is_swallowed(command.text):
            yield _spot(
                buildspec, step, command, "let the build end here: drop what hides a failure"
            )


def _is_swallowed(text: str) -> bool:
    found = SWALLOWED.match(text)
    if found is None:
        return False
    before = re.split(r"&&|;|\n|\bthen\b|\bdo\b", found["before"])[-1].strip()
    if before.count("$(") > before.count(")"):  # a value that may be empty
        return False
    last = before.rpartition("|")[2].strip()
    return not PROBES.match(before) and not PROBES.match(last)


def _packages_a_failure(buildspec: Buildspec) -> Iterator[Spot]:
    """Find a `post_build` that hands on what failed: it runs after a build that did, too."""
    build = buildspec.phase("build")
    if not build.get("commands") or build.get("on-failure") == "ABORT":
        return
    after = [(s, c) for s, c in buildspec.commands() if s.phase == "post_build"]
    if any("CODEBUILD_BUILD_SUCCEEDING" in step.text for step, _ in after):
        return
    for step, command in after:
        if PACKAGES.search(command.text) and not REPORTS.search(command.text):
            yield _spot(
                buildspec,
                step,
                command,
                "set on-failure: ABORT on phase build: post_build runs after a failed build, too",
            )
            return


def _installs(buildspec: Buildspec, file: File) -> Iterator[Spot]:
    def reader(name: str) -> str | None:
        for folder in list(file.path.parents)[:4] if file.path else ():
            try:
                return (folder / name).read_text("utf-8")
            except (OSError, ValueError):
                continue
        return None

    for step, command in buildspec.commands():
        advice = unlocked(command.text, reader)
        if advice is not None:
            yield _spot(buildspec, step, command, advice)


def _other_python(buildspec: Buildspec, templates: tuple[Template, ...]) -> Iterator[Spot]:
    functions = {
        found[1]
        for template in templates
        for function in template.of_type(*FUNCTIONS)
        for node in function.get("Runtime")
        if (found := RUNTIME.fullmatch(node.literal or ""))
    }
    if not functions:
        return
    for name in ("install", "pre_build", "build"):
        runtimes = buildspec.phase(name).get("runtime-versions")
        python = runtimes.get("python") if isinstance(runtimes, dict) else None
        if isinstance(python, str) and PYTHON.fullmatch(python) and python not in functions:
            path = ("phases", name, "runtime-versions", "python")
            wanted = " or ".join(sorted(functions))
            yield Spot(*buildspec.document.at(path), f"set python: {wanted}, as functions", path)


def _spot(buildspec: Buildspec, step: Step, command: Command, message: str) -> Spot:
    return Spot(*buildspec.at(step, command.line), message, step.path)

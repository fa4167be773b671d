"""Judge a project as it is: its rendered units, its buildspecs, its functions' handlers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.build.rendering import render_units
from generator.config import Config, Loaded
from generator.config.functions import Function
from generator.config.support import Support, support_of
from generator.errors import Problem
from generator.lint import Finding, Judgement, Kind, Selection, Store, Subject, prove
from generator.package import check_handler
from generator.render.environment import Renderer
from generator.shipped import TEMPLATES, find, template_folders
from generator.units import units_of

NOT_RENDERED = "E0000"
"""The rule of what says that a unit can't be rendered: cfn-lint's for what it can't read."""
HANDLER = "E9903"
MISSING = "E9902"


def judge_project(
    root: Path, loaded: Loaded, *, store: Store, selection: Selection, limit: float
) -> Judgement:
    """Judge everything of an environment, in memory: nothing is written."""
    problems: list[Problem] = []
    subjects = list(rendered_units(root, loaded, problems, store).values())
    subjects += buildspecs(root)
    found = prove(
        subjects,
        regions=loaded.config.regions.artifacts,
        store=store,
        selection=selection,
        limit=limit,
    )
    found += filter(
        selection.wants,
        [
            *(Finding.of_problem(NOT_RENDERED, problem) for problem in problems),
            *(Finding.of_problem(HANDLER, problem) for problem in wrong_handlers(root, loaded)),
            *(Finding.of_problem(MISSING, each) for each in missing_buildspecs(root, loaded)),
        ],
    )
    return Judgement.of(found, (each.name for each in subjects))


def rendered_units(
    root: Path, loaded: Loaded, problems: list[Problem], store: Store
) -> dict[str, Subject]:
    """Render every unit; note the problems of those that fail."""
    compiled = root / "build" / "cache" / "templates"
    renderer = Renderer(*template_folders(root), compiled=compiled)
    config = loaded.config
    rendered = render_units(renderer, config, units_of(config), problems, store=store)
    return {
        name: Subject(f"templates/{name}.yaml", each.text, each.origins)
        for name, each in rendered.items()
    }


def buildspecs(root: Path) -> Iterator[Subject]:
    """Read the buildspecs of the pipeline's projects: the project's, since builds see no others."""
    for file in sorted((root / TEMPLATES / "buildspecs").glob("*.y*ml")):
        name = file.relative_to(root).as_posix()
        yield Subject(name, file.read_text("utf-8", "replace"), kind=Kind.BUILDSPEC, path=file)


def missing_buildspecs(root: Path, loaded: Loaded) -> Iterator[Problem]:
    """Find the buildspecs that the pipeline's projects would not find in the source."""
    pipeline = loaded.config.pipeline
    if pipeline is None:
        return
    for name in ("build", *(["scan"] if pipeline.scan.wanted else []), "verify"):
        file = f"buildspecs/{name}.yml"
        if not (root / TEMPLATES / file).is_file():
            yield loaded.problem(
                ("pipeline",),
                f"the pipeline reads {TEMPLATES}/{file} from the source, and it is not there",
                hint=f"take gen's own: `gen eject {file}`",
            )


def all_functions(config: Config) -> dict[str, Function | Support]:
    """Give what is packaged: the configured functions, and those that gen adds."""
    return {**config.functions, **{support.name: support for support in support_of(config)}}


def wrong_handlers(root: Path, loaded: Loaded) -> Iterator[Problem]:
    """Find the handlers that don't exist, with their line in the parameter file."""
    for name, function in all_functions(loaded.config).items():
        if wrong := check_handler(find(root, function.source), function.handler):
            path = ("functions", name, "handler") if isinstance(function, Function) else ()
            yield loaded.problem(path, wrong)

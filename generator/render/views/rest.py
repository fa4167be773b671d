"""A REST API, as templates see it: the tree of resources that its routes make."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from generator.config.api import Api, Cors
from generator.render.views.api import RouteView

STAGE = "live"


@dataclass(frozen=True)
class ResourceView:
    """A part of a path."""

    path: str
    """From the root: `/orders/{id}`; the root itself is `/`."""

    @property
    def part(self) -> str:
        """Give the last part of the path."""
        return self.path.rsplit("/", 1)[1]

    @property
    def id(self) -> str:
        """Give its logical id: by the path alone, so that other routes never move it."""
        words = re.findall(r"[A-Za-z0-9]+", self.path)
        plain = "".join(word[:1].upper() + word[1:].lower() for word in words)
        if not re.fullmatch(r"(/[a-z0-9]+)*", self.path):
            # Punctuation and case are lost above: a digest keeps `/a-b` and `/a/b` apart.
            plain += hashlib.sha256(self.path.encode()).hexdigest()[:4].upper()
        return f"{plain}Resource"

    @property
    def parent(self) -> ResourceView:
        """Give what it hangs below."""
        return ResourceView(self.path.rsplit("/", 1)[0] or "/")

    @property
    def reference(self) -> str:
        """Refer to its id, in YAML."""
        return "!GetAtt RestApi.RootResourceId" if self.path == "/" else f"!Ref {self.id}"

    @property
    def variables(self) -> list[str]:
        """List the parameters in its path."""
        return re.findall(r"\{(\w+)\+?\}", self.path)


@dataclass(frozen=True)
class MethodView:
    """A method of a resource that a function answers."""

    route: RouteView
    resource: ResourceView
    authorization: str
    needs_key: bool

    @property
    def id(self) -> str:
        """Give its logical id."""
        return f"{self.route.id}Method"

    @property
    def http_method(self) -> str:
        """Give GET, POST, …, or ANY."""
        return self.route.key.split(" ", 1)[0]


@dataclass(frozen=True)
class RestApiView:
    """The REST API of the service."""

    api: Api
    routes: tuple[RouteView, ...]

    @property
    def stage(self) -> str:
        """Name its one stage."""
        return STAGE

    @cached_property
    def methods(self) -> list[MethodView]:
        """List the methods, a route each."""
        return [
            MethodView(
                route,
                ResourceView(route.key.split(" ", 1)[1]),
                authorization="NONE" if route.open else self.api.authorization,
                needs_key=self.api.api_keys and not route.open,
            )
            for route in self.routes
        ]

    @cached_property
    def resources(self) -> list[ResourceView]:
        """List the resources below the root, each once, parents first."""
        paths: dict[str, ResourceView] = {}
        for method in self.methods:
            chain = [method.resource]
            while chain[-1].path != "/":
                chain.append(chain[-1].parent)
            paths |= {resource.path: resource for resource in reversed(chain[:-1])}
        return sorted(paths.values(), key=lambda resource: resource.path.split("/"))

    @cached_property
    def preflights(self) -> list[ResourceView]:
        """List the resources whose OPTIONS the API answers itself, for browsers."""
        if self.api.cors is None:
            return []
        own = {m.resource.path for m in self.methods if m.http_method == "OPTIONS"}
        answering = {m.resource.path: m.resource for m in self.methods}
        return [answering[path] for path in sorted(answering) if path not in own]

    @property
    def cors(self) -> Cors | None:
        """Say which browsers may call it."""
        return self.api.cors

    @property
    def cors_origin_of_errors(self) -> str:
        """Name the origin that may read the API's own errors.

        These have fixed headers, so with several origins it is all: they hold a message, no data.
        """
        origins = self.api.cors.allow_origins if self.api.cors else ()
        return origins[0] if len(origins) == 1 else "*"

    @property
    def cors_headers(self) -> list[str]:
        """List the headers that browsers may send; the key's, where callers need one."""
        headers = list(self.api.cors.allow_headers) if self.api.cors else []
        missing = self.api.api_keys and "x-api-key" not in map(str.lower, headers)
        return headers + ["x-api-key"] * missing

    @property
    def body_ids(self) -> list[str]:
        """List the logical ids that a deployment must wait for."""
        return [
            *(method.id for method in self.methods),
            *(f"{resource.id}Options" for resource in self.preflights),
            *(("ClientErrors", "ServerErrors") if self.api.cors else ()),
        ]

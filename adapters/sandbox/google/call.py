"""A request as the handlers see it."""

from dataclasses import dataclass, field

from adapters.sandbox.google.objects import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `bearer` and `basic` are what its Authorization header holds; `record` is its JSON body.

    `headers` have lower-case names.
    """

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    bearer: str = field(default="", repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    record: Json | None = None
    base: str = ""
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def params(self) -> dict[str, str]:
        """Query and form as one."""
        return {**self.query, **self.form}

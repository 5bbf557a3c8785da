"""What must be known of a whole file before its first row can be read: a zone, and the order of its dates."""

from dataclasses import dataclass, replace

from connector.domain.call import BadRowError, RawCall
from connector.domain.calls.reading import Rules, start_text
from connector.domain.calls.times import DateOrder, epoch, order_of_region, written
from connector.domain.errors import BadInputError

_MONTHS = 12


@dataclass(slots=True)
class Survey:
    """Looks at every row once; then says how the file is to be read, or asks the question that it leaves open."""

    local: int | None = None  # the first row with a local time and no zone
    unclear: int | None = None  # the first row whose day and month may stand either way
    day_first: int = 0
    month_first: int = 0

    def look(self, raw: RawCall) -> None:
        """Take one row into account; what is no date decides nothing."""
        text = start_text(raw.fields)
        try:
            parts = None if epoch(text) is not None else written(text)
        except BadRowError:
            return
        if parts is None:
            return
        if parts.offset is None and not raw.fields.get("tz") and self.local is None:
            self.local = raw.row
        if not parts.ordered:
            return
        self.day_first += parts.first > _MONTHS or parts.dotted
        self.month_first += parts.second > _MONTHS and not parts.dotted
        if self.unclear is None and parts.first != parts.second:
            self.unclear = raw.row

    def settle(self, rules: Rules, *, order: DateOrder | None) -> Rules:
        """Return the rules with the file's order of dates. Raises BadInputError with the question to answer."""
        if self.local is not None and rules.zone is None:
            raise BadInputError(
                f"Line {self.local} has a local time, and nothing says in which time zone: give it with --zone, "
                "for example --zone Asia/Kolkata. Nothing was read."
            )
        return replace(rules, order=order or self._found() or self._usual(rules))

    def _found(self) -> DateOrder | None:
        if self.day_first == self.month_first:
            return None
        return "dmy" if self.day_first > self.month_first else "mdy"

    def _usual(self, rules: Rules) -> DateOrder:
        usual = order_of_region(rules.region)
        if usual is None and self.unclear is not None:
            raise BadInputError(
                f"Line {self.unclear} has a date whose day and month may stand either way, and no other line tells: "
                "give --date-order dmy or --date-order mdy (or --region). Nothing was read."
            )
        return usual or "dmy"

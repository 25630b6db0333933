"""The inventory of model calls for people."""

from __future__ import annotations

from gonogo.money import dollars
from gonogo.poll import CallRow, Poll
from gonogo.reports.console import Look, Page
from gonogo.reports.poll_table import WIDE
from gonogo.reports.safe import clean
from gonogo.reports.summary import counted, header


def render(poll: Poll, look: Look) -> str:
    """A table where there is room for one, otherwise a paragraph per call."""
    from rich.text import Text

    page = Page(look)
    page.add(Text(header(poll), style="bold"), "")
    rows = sorted(poll.calls, key=lambda row: (row.app, row.file, row.cell or 0, row.line))
    if not rows:
        page.add(" No call to a model was found.")
    elif page.width >= WIDE:
        _add_table(page, rows)
    else:
        for row in rows:
            page.add_long(Text.assemble((_place(row), "bold"), f"  {_method(row)}"))
            page.add(_indented(f"model {_model(row)} · max_tokens {_tokens(row)}"))
            page.add(_indented(f"retries {_retries(row)} · timeout {_timeout(row)}"))
            page.add(_indented(" · ".join(_details(row))), "")
    if rows:
        page.add(Text(f" {counted(len(rows), 'call')} in {counted(len({row.file for row in rows}), 'file')}"))
    for line in poll.faults:
        page.add(Text(f" fault in gonogo itself: {clean(line)}", style="bold red"))
    return page.text()


def _indented(text: str) -> object:
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(text), (0, 0, 0, 4), expand=False)


def _add_table(page: Page, rows: list[CallRow]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", expand=True, pad_edge=False)
    for title, ratio in (("Call", 10), ("Model", 6), ("Settings", 7), ("More", 8)):
        table.add_column(title, ratio=ratio, overflow="fold")
    for row in rows:
        settings = (f"max_tokens {_tokens(row)}", f"retries {_retries(row)}", f"timeout {_timeout(row)}")
        table.add_row(
            Text.assemble((_place(row), "bold"), f"\n{_method(row)}"),
            Text(_model(row)),
            Text("\n".join(settings)),
            Text("\n".join(_details(row))),
        )
        table.add_row()
    page.add(table)


def _place(row: CallRow) -> str:
    cell = "" if row.cell is None else f"cell {row.cell}:"
    return f"{clean(row.file)}:{cell}{row.line}"


def _method(row: CallRow) -> str:
    return f"{clean(row.sdk)} {clean(row.method)}"


def _model(row: CallRow) -> str:
    if row.model is None:
        return f"unknown ({clean(row.model_from)})"
    return f"{', '.join(clean(model) for model in row.model) or 'none'} ({clean(row.model_from)})"


def _tokens(row: CallRow) -> str:
    if isinstance(row.max_tokens, int):
        return f"{row.max_tokens:,}"
    return SET_LATER if row.max_tokens == "dynamic" else clean(row.max_tokens)


def _timeout(row: CallRow) -> str:
    how, _, value = clean(row.timeout).partition(":")
    if value == "dynamic":
        return SET_LATER
    return f"{value} s" if value else how


def _retries(row: CallRow) -> str:
    how, _, value = clean(row.retries).partition(":")
    return SET_LATER if value == "dynamic" else value or how


SET_LATER = "set at run time"
_YES = (
    ("stream", "streamed"),
    ("usage_logged", "usage logged"),
    ("stop_reason_checked", "stop reason checked"),
    ("cache_control", "cached prefix"),
    ("large_static_system", "large static system prompt"),
    ("client_side", "in the browser"),
)


def _details(row: CallRow) -> list[str]:
    """What is known beyond the settings; silence means no or unknown, and the JSON tells them apart."""
    found = [label for field, label in _YES if getattr(row, field)]
    if row.agent_loop != "none":
        found.append(f"{clean(row.agent_loop)} agent loop")
    if row.fixed_prompt_tokens:
        found.append(f"about {row.fixed_prompt_tokens:,} tokens of fixed prompt")
    if row.answer_cost_usd is not None:
        found.append(f"output up to {dollars(row.answer_cost_usd)} a request")
    if row.run_cost_usd is not None:
        found.append(f"output up to {dollars(row.run_cost_usd)} a run of the loop")
    if row.route is not None:
        limited = {True: "limited per user", False: "not limited per user", None: "limits unknown"}
        found.append(f"route {clean(row.route)} ({limited[row.user_rate_limited]})")
    found.append(f"area {clean(row.area)}")
    if row.app != ".":
        found.append(f"app {clean(row.app)}")
    return found

"""Writes a large application: modules that call each other, a share of which calls a model.

python benchmarks/generate.py FOLDER [--lines 1000000] [--share 0.2]
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

MODULES_IN_PACKAGE = 40
FUNCTION = '''

def {name}(account: dict[str, str], amount: int = {number}) -> dict[str, object]:
    """{words}."""
    result: dict[str, object] = {{"name": account.get("name", "{word}"), "amount": amount * {number}}}
    for step in range({small}):
        if step % 3 == 0 and amount > {number}:
            result[f"step-{{step}}"] = {other}(account["{word}"], step)
        elif amount < 0:
            raise ValueError(f"{word}: {{amount}}")
    try:
        total = sum(int(value) for value in result.values() if isinstance(value, int))
    except (TypeError, ValueError) as error:
        logger.warning("no total for %s: %s", account, error)
        total = 0
    return {{**result, "total": total, "{word}": [entry for entry in account if entry != "{word}"]}}
'''
CALL = '''

def {name}(question: str) -> str:
    """{words}."""
    message = client.messages.create(
        model="claude-sonnet-4-6",
        max_tokens={number},
        system="You answer questions about {word}.",
        messages=[{{"role": "user", "content": question}}],
    )
    logger.info("%s tokens", message.usage.output_tokens)
    return message.content[0].text
'''
WORDS = [
    "invoice",
    "order",
    "customer",
    "ledger",
    "report",
    "parcel",
    "ticket",
    "refund",
    "stock",
    "supplier",
    "season",
    "tariff",
    "branch",
    "survey",
]


def module(rng: random.Random, number: int, lines: int, *, calls: bool) -> str:
    """The text of one module of at least `lines` lines."""
    parts = ["import logging\n\n"]
    if number:
        parts.append(f"from app.p{(number - 1) // MODULES_IN_PACKAGE}.m{number - 1} import work as other\n")
    else:
        parts.append("from operator import concat as other\n")
    if calls:
        parts.append("from anthropic import Anthropic\n\nclient = Anthropic(timeout=30, max_retries=3)\n")
    parts.append("logger = logging.getLogger(__name__)\n")
    count = sum(part.count("\n") for part in parts)
    name, at = "work", 0
    while count < lines:
        template = CALL if calls and at == 3 else FUNCTION
        text = template.format(
            name=name,
            number=rng.randint(2, 900),
            small=rng.randint(2, 9),
            word=rng.choice(WORDS),
            words=" ".join(rng.choice(WORDS) for _ in range(6)).capitalize(),
            other="other",
        )
        parts.append(text)
        count += text.count("\n")
        at += 1
        name = f"{rng.choice(WORDS)}_{number}_{at}"
    return "".join(parts)


def write(folder: Path, lines: int, share: float, seed: int = 1) -> int:
    """Write the application below `folder`; the answer is its number of lines."""
    rng = random.Random(seed)  # noqa: S311 - a text to measure with, the same each time
    total = number = 0
    while total < lines:
        package = folder / "app" / f"p{number // MODULES_IN_PACKAGE}"
        package.mkdir(parents=True, exist_ok=True)
        if number % MODULES_IN_PACKAGE == 0:
            (package / "__init__.py").write_text("")
        # Every n-th module calls a model, so that the share is even over the whole.
        calls = int((number + 1) * share) > int(number * share)
        text = module(rng, number, rng.randint(120, 380), calls=calls)
        (package / f"m{number}.py").write_text(text)
        total += text.count("\n")
        number += 1
    (folder / "app" / "__init__.py").write_text("")
    (folder / "requirements.txt").write_text("anthropic==0.75.0\n")
    return total


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--share", type=float, default=0.2)
    given = parser.parse_args()
    print(f"{write(given.folder, given.lines, given.share):,} lines")


if __name__ == "__main__":
    main()

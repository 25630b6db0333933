"""Facts of JavaScript and TypeScript sources: what linking relies on, one kind of syntax each."""

from __future__ import annotations

import pytest

from gonogo.facts.model import Assign, Attr, Call, DictLit, Expr, FileFacts, Index, Lit, Logical, Name, Template
from gonogo.frontends import read_source


def facts(source: str, path: str = "a.ts") -> FileFacts:
    found = read_source(path, source.encode())
    assert found is not None
    return found


def text(expr: Expr, found: FileFacts) -> str:
    """A short form of the expressions these tests meet."""
    if isinstance(expr, Name):
        return expr.id
    if isinstance(expr, Attr):
        return f"{text(expr.base, found)}.{expr.name}"
    if isinstance(expr, Lit):
        return repr(expr.value)
    if isinstance(expr, Index):
        return f"{text(expr.base, found)}[{text(expr.key, found)}]"
    if isinstance(expr, Logical):
        return f"({text(expr.left, found)} {expr.op} {text(expr.right, found)})"
    if isinstance(expr, Template):
        return "+".join(text(part, found) for part in expr.parts)
    if isinstance(expr, DictLit):
        inner = (f"{'...' if k is None else text(k, found)}: {text(v, found)}" for k, v in expr.items)
        return "{" + ", ".join(inner) + "}"
    return type(expr).__name__


def assigned(found: FileFacts) -> dict[str, str]:
    return {text(a.target, found): text(a.value, found) for a in found.assigns}


def callees(found: FileFacts) -> list[str]:
    return [text(call.callee, found) for call in found.calls]


def imports(found: FileFacts) -> list[tuple[str, str | None, str, bool]]:
    return [(i.module, i.name, i.alias, i.type_only) for i in found.imports]


def test_imports_of_every_kind() -> None:
    found = facts(
        'import A, { b as c, type D } from "m";\nimport * as ns from "n";\nimport type { Z } from "z";\n'
        'import "side";\nimport old = require("old");\nconst q = require("q");\nconst { r, s: t } = require("rs");\n'
        'const lazy = await import("lazy");\nexport { u as v } from "uv";\nexport * from "star";\nexport * as '
        'all from "all";\n'
    )
    assert imports(found) == [
        ("m", "default", "A", False),
        ("m", "b", "c", False),
        ("m", "D", "D", True),
        ("n", None, "ns", False),
        ("z", "Z", "Z", True),
        ("side", None, "", False),
        ("old", None, "old", False),
        ("q", None, "q", False),
        ("rs", "r", "r", False),
        ("rs", "s", "t", False),
        ("lazy", None, "lazy", False),
        ("uv", "u", "v", False),
        ("star", "*", "*", False),
        ("all", None, "all", False),
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("const { a, b: c, d = 1, ...rest } = o;", {"a": "o.a", "c": "o.b", "d": "(o.d or 1)", "rest": "o"}),
        ("const { a: { b: [x, y] } } = o;", {"x": "o.a.b[0]", "y": "o.a.b[1]"}),
        ("const [, second = 2] = list;", {"second": "(list[1] or 2)"}),
        ("const key = process.env.KEY ?? 'none';", {"key": "(process.env.KEY or 'none')"}),
        ("const x = (y as string)!;", {"x": "y"}),
        ("const x = { a: 1 } as const satisfies T;", {"x": "{'a': 1}"}),
        ("const x = `a${b}c`;", {"x": "'a'+b+'c'"}),
        (r"const x = 'a\n\x41\u{1F600}';", {"x": "'a\\nA😀'"}),
        ("const x = a?.b?.[0];", {"x": "a.b[0]"}),
        ("const x = 1_000 ;", {"x": "1000"}),
        ("const x = 0x1F;", {"x": "31"}),
        ("const x = -2.5e3;", {"x": "-2500"}),
        ("let client;", {"client": "None"}),
        ("o.key = 1;", {"o['key']": "1"}),
        ("cache ||= build;", {"cache": "(cache or build)"}),
        ("const o = { a, ...b, 'c-d': 1, [e]: 2 };", {"o": "{'a': a, ...: b, 'c-d': 1, e: 2}"}),
        ("export default value;", {"default": "value"}),
        ("module.exports = { a, b: c };", {"default": "{'a': a, 'b': c}", "b": "c"}),
        ("exports.name = value;", {"name": "value"}),
        ("export { a as b };", {"b": "a"}),
        ("enum M { A = 'x', B = 'y' }", {"A": "'x'", "B": "'y'"}),
    ],
)
def test_assignments(source: str, expected: dict[str, str]) -> None:
    assert assigned(facts(source)) == expected


def test_functions_have_the_names_they_are_called_by() -> None:
    found = facts(
        "function a() {}\nconst b = async () => 1;\nexports.c = function () {};\nexport default () => 2;\n"
        "const o = { d: () => 3, e() { return 4 } };\nrun(() => 5);\n"
    )
    assert [(f.name, f.declared, f.is_async) for f in found.functions] == [
        ("a", True, False),
        ("b", True, True),
        ("c", True, False),
        ("default", True, False),
        ("d", False, False),
        ("e", False, False),
        ("<lambda>", False, False),
    ]
    assert [text(f.returns[0], found) for f in found.functions if f.returns] == ["1", "2", "3", "4", "5"]


def test_a_class_with_fields_and_parameter_properties() -> None:
    found = facts(
        "class Chat extends Base {\n"
        "  private client = new Anthropic();\n"
        "  static shared = 1;\n"
        "  handle = async (q: string) => this.client.ask(q);\n"
        "  constructor(private readonly key: string, other = 2) { super(key); this.other = other; }\n"
        "  get model() { return 'm'; }\n"
        "  static make() { return new Chat('k'); }\n"
        "}\n"
    )
    methods = {f.name: f for f in found.functions}
    assert [(f.name, f.role, [p.name for p in f.params]) for f in methods.values()] == [
        ("handle", "", ["this", "q"]),
        ("__init__", "", ["this", "key", "other"]),
        ("model", "property", ["this"]),
        ("make", "static", []),
    ]
    by_target = {text(a.target, found): a for a in found.assigns}
    assert set(by_target) == {"shared", "this.key", "this.client", "this.other"}
    assert {by_target[name].function for name in ("this.key", "this.client", "this.other")} == {
        methods["__init__"].index
    }
    assert "super.__init__" in callees(found)
    assert [text(base, found) for base in found.classes[0].bases] == ["Base"]


def test_parameters_taken_apart() -> None:
    found = facts("function f({ model, limit = 5 }: Options = {}, ...rest: string[]) { use(model); }")
    assert [(p.name, p.kind) for p in found.functions[0].params] == [
        ("<parameter 0>", "positional"),
        ("rest", "varargs"),
    ]
    assert assigned(found) == {"model": "<parameter 0>.model", "limit": "(<parameter 0>.limit or 5)"}


def test_control_flow() -> None:
    found = facts(
        "async function f() {\n"
        "  for (let i = 0; i < 3; i++) {\n"
        "    try { return await ask(); } catch (e) { if (e instanceof X) throw e; } finally { done(); }\n"
        "  }\n"
        "  for (;;) { break; }\n"
        "  for await (const part of stream) { use(part); }\n"
        "  while (!ready) { continue; }\n"
        "  outer: for (const a of b) { switch (a) { case 1: break; default: break outer; } }\n"
        "}\n"
    )
    loops = [b for b in found.blocks if b.kind == "loop"]
    assert [(b.loop, b.test is not None, b.iterable is not None, b.is_async) for b in loops] == [
        ("for", True, False, False),
        ("for", True, False, False),
        ("for", False, True, True),
        ("while", True, False, False),
        ("for", False, True, False),
    ]
    assert isinstance(loops[1].test, Lit)
    assert [b.kind for b in found.blocks[:5]] == ["loop", "try", "handler", "branch", "finally"]
    # A break inside of a switch leaves the switch, unless it names a loop.
    assert [(e.kind, e.blocks[-1]) for e in found.exits if e.kind == "break"] == [
        ("break", loops[1].index),
        ("break", loops[4].index),
    ]
    ask = next(c for c in found.calls if text(c.callee, found) == "ask")
    assert (ask.awaited, ask.use) == (True, "returned")


def test_elements_are_calls_of_their_components() -> None:
    found = facts("const page = () => <Chat model='m' onSend={() => send()}>{text()}<b>{more()}</b></Chat>;", "a.tsx")
    calls = {text(c.callee, found): c for c in found.calls}
    assert set(calls) == {"Chat", "send", "text", "more"}
    assert [arg.name for arg in calls["Chat"].args] == ["model", "onSend"]


def test_decorators_belong_to_what_they_decorate() -> None:
    found = facts("@Controller('chat')\nclass C {\n  @Post('ask')\n  ask(@Body() body: Ask) { return run(body); }\n}\n")
    assert [text(call.callee, found) for call in found.calls] == ["Controller", "Post", "run"]
    assert found.calls[1].decorator_of == 0
    assert len(found.classes[0].decorators) == len(found.functions[0].decorators) == 1


def test_places_count_code_points() -> None:
    found = facts('const s = "äöü😀"; call(s);\n')
    span = found.calls[0].span
    assert (span.line, span.column, span.end_column) == (1, 19, 26)


def test_a_mistake_hides_nothing_else() -> None:
    found = facts("const a = first();\nconst = 5 5;\nfunction f() { second(); }\nthird();\n")
    assert found.status == "partial"
    assert found.reason.startswith("syntax error in line 2")
    assert callees(found) == ["first", "second", "third"]


@pytest.mark.parametrize("path", ["a.vue", "a.svelte"])
def test_scripts_of_components(path: str) -> None:
    found = facts(
        "<template><p>{{ no() }}</p></template>\n<script lang='ts'>\nconst a: string = one();\n</script>\n"
        "<script setup lang='ts'>\n  two();\n</script>\n<style>a { b: c }</style>\n",
        path,
    )
    assert [(text(c.callee, found), c.span.line) for c in found.calls] == [("one", 3), ("two", 6)]
    assert found.status == "parsed"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("calls", "f(" * 5_000 + ")" * 5_000),
        ("members", "a" + ".b()" * 5_000),
        ("sums", "x = " + "1+" * 20_000 + "1"),
        ("blocks", "{" * 3_000 + "}" * 3_000),
        ("functions", "()=>" * 5_000 + "1"),
        ("branches", "if (a) {} else " * 2_000 + "{}"),
        ("patterns", "const " + "[" * 3_000 + "a" + "]" * 3_000 + " = b;"),
        ("choices", "a?" * 4_000 + "1" + ":2" * 4_000),
        ("elements", "<a>{" * 3_000),
        ("scripts", "<script>" * 5_000),
    ],
)
def test_deep_sources_end_and_keep_the_rest(name: str, source: str) -> None:
    found = facts(
        source + "\n" * 100 + ";before();\n",
        "a.tsx" if name == "elements" else "a.vue" if name == "scripts" else "a.ts",
    )
    assert found.status in ("parsed", "partial")
    if name not in ("elements", "scripts"):
        assert "before" in callees(found)


def test_what_is_no_source_is_said_so() -> None:
    assert facts("\0", "a.js").reason == "holds NUL bytes"
    assert facts("x" * 1_000_001, "a.js").reason == "larger than 1,000,000 bytes"
    minified = facts("a();" * 10_000 + "\n", "a.js")
    assert minified.status == "failed"
    assert facts("declare const a: string;\ncall();\n", "a.d.ts").calls == []


def test_marks_in_comments() -> None:
    found = facts("call(); // gonogo: ignore[x] -- because\n/* pragma: allowlist secret */\n")
    assert [(c.text, c.line, c.own_line) for c in found.comments] == [
        ("// gonogo: ignore[x] -- because", 1, False),
        ("/* pragma: allowlist secret", 2, True),
    ]


def test_calls_know_their_surroundings() -> None:
    found = facts("async function f() { if (a) { await g(1, ...rest, { b: 2 }); } }")
    call: Call = found.calls[0]
    assert [(arg.name, arg.spread) for arg in call.args] == [(None, ""), (None, "*"), (None, "")]
    assert found.functions[call.function or 0].name == "f"
    assert [found.blocks[i].kind for i in call.blocks] == ["branch"]


def test_an_update_is_a_change_step_by_step() -> None:
    found = facts("let n = 0; n++; n += 2; delete o.k;")
    kinds = [(a.kind, a.op) for a in found.assigns if isinstance(a, Assign)]
    assert kinds == [("set", ""), ("augment", "+="), ("augment", "+="), ("delete", "")]

"""What JavaScript and its usual helpers define: the environment, copies, promises, methods of texts and lists."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gonogo.languages import GLOBAL, PACKAGE
from gonogo.link.dicts import fold_dicts, overlay
from gonogo.link.texts import joined, replaced
from gonogo.link.values import (
    CallSite,
    Const,
    DictV,
    Env,
    Ext,
    FuncV,
    Made,
    Member,
    SeqV,
    Site,
    TextV,
    Unknown,
    Value,
    Values,
    merge,
    with_via,
)
from gonogo.registry.observability import client_wrappers, last_word, same_name
from gonogo.registry.values import ecma_values

if TYPE_CHECKING:
    from gonogo.link.evaluate import Evaluator

SAME = frozenset({
    "js:String", "js:Number", "js:parseInt", "js:parseFloat", "js:Object.freeze", "js:Object.seal",
    "js:structuredClone",
    "js:JSON.stringify", "js:JSON.parse", "js:Promise.resolve", "js:Array.from", "js:Number.parseInt",
    "js:Number.parseFloat", "js:Promise.all", "js:Buffer.from",
})  # fmt: skip
"""Functions whose result is their first argument, as far as reading values goes."""
NUMBERS = frozenset({"Number", "parseInt", "parseFloat"})
SAME_METHODS = frozenset({
    "catch", "finally", "trim", "trimEnd", "trimStart", "toString", "valueOf", "toLowerCase", "toUpperCase", "filter",
    "slice", "concat", "reverse", "sort", "bind", "flat", "replace", "replaceAll", "normalize",
})  # fmt: skip
"""Methods whose result is as good as the object they are called on."""
FIRST_ARGUMENT = frozenset({"then", "tap", "pipe"})
"""Methods that give their function the object itself."""
EACH = frozenset({"map", "forEach", "flatMap", "find", "filter", "some", "every", "findLast", "findIndex"})
"""Methods that give their function each element."""
WRAPPERS = ecma_values().keeps | client_wrappers().keys()


def outside(name: str) -> str:
    """The full name of something that is there without an import."""
    return GLOBAL + name


def read_environment(base: Ext, name: str, site: Site) -> Env | None:
    """`process.env.NAME`"""
    if base.name in ecma_values().environment:
        return Env(name, site)
    return None


def imported(name: str, site: Site) -> Value:
    """A symbol of a package; those of SvelteKit's `$env` modules are variables of the environment."""
    for prefix in ecma_values().environment_modules:
        if name.startswith(prefix) and "." not in name[len(prefix) :]:
            return Env(name[len(prefix) :], site)
    return Ext(name, site)


def attribute(evaluator: Evaluator, base: Value, name: str, site: Site) -> Values | None:
    """`base.name` where JavaScript differs; `None` where it does not."""
    if isinstance(base, Ext):
        if base.name == outside("globalThis") or base.name == outside("window"):
            return (Ext(outside(name), site),)
        found = read_environment(base, name, site)
        return None if found is None else (found,)
    if isinstance(base, DictV):
        if name in base.entries:
            missing: Values = (Const(None, site),) if name in base.maybe else ()
            return (*base.entries[name], *missing)
        if base.open:
            return (Unknown(f"the key {name!r} is set elsewhere", site),)
        return (Const(None, site),) if name not in EACH | SAME_METHODS else (Member(base, name, site),)
    if isinstance(base, Made):
        return _validated(evaluator, base, name, site)
    return None


def _validated(evaluator: Evaluator, base: Made, name: str, site: Site) -> Values | None:
    """A member of what a schema let through: `schema.parse(process.env).NAME`, `createEnv({...}).NAME`."""
    callee, data = base.callee, ecma_values()
    if base.call is None:
        return None
    positional, _ = evaluator.arguments(base.call)
    if not positional:
        return None
    if isinstance(callee, Ext) and last_word(callee.name) in data.validators and callee.name.startswith(PACKAGE):
        tables = fold_dicts(positional[0])
        shapes = [fold_dicts(tables.entries.get(part, ())) for part in data.parts]
    elif isinstance(callee, Member) and callee.name in ecma_values().schema_reads:
        if not any(isinstance(v, Ext) and v.name in ecma_values().environment for v in positional[0]):
            return None
        if name == "data":
            return (base,)
        shapes = [_shape(evaluator, callee.base)]
    else:
        return None
    for shape in shapes:
        if name in shape.entries:
            default = merge([_schema_default(evaluator, value) for value in shape.entries[name]])
            return merge([with_via(default, "env-default"), (Env(name, site, (), bool(default)),)])
    return (Env(name, site),)


def _shape(evaluator: Evaluator, schema: Value) -> DictV:
    """The fields of an object schema."""
    while isinstance(schema, Made):
        if schema.call is not None and _last(schema.callee) == "object":
            positional, _ = evaluator.arguments(schema.call)
            return fold_dicts(positional[0]) if positional else DictV({}, True)
        if not isinstance(schema.callee, Member):
            break
        schema = schema.callee.base
    return DictV({}, True)


def _last(value: Value) -> str:
    return value.name.rsplit(".", 1)[-1] if isinstance(value, (Ext, Member)) else ""


def _schema_default(evaluator: Evaluator, schema: Value) -> Values:
    """`z.string().default("x")` → "x"."""
    while isinstance(schema, Made) and isinstance(schema.callee, Member):
        if schema.callee.name == "default" and schema.call is not None:
            positional, _ = evaluator.arguments(schema.call)
            return positional[0] if positional else ()
        schema = schema.callee.base
    return ()


def call(evaluator: Evaluator, callee: Ext | Member, site: CallSite) -> Values | None:
    """The result of a call the language defines, or `None` if it is none of these."""
    if isinstance(callee, Member):
        return _method(evaluator, callee, site)
    name = callee.name
    positional, _ = evaluator.arguments(site)
    if name in ecma_values().environment_reads:
        key = next((v.value for values in positional[:1] for v in values if isinstance(v, Const)), "")
        return (Env(str(key), site.site),)
    if name in SAME:
        if not positional:
            return None
        last = name.rsplit(".", 1)[-1].removeprefix(GLOBAL)
        return tuple(_cast(value, last, site.site) for value in positional[0])
    if name.rsplit(".", 1)[-1] in WRAPPERS and positional:
        return _wrapped(name, positional[0])
    if name in (outside("import"), outside("require")) and positional:
        return evaluator.module_named(positional[0], site)
    if name == outside("Object.assign") and positional:
        folded = fold_dicts(positional[0])
        for values in positional[1:]:
            folded = overlay(folded, fold_dicts(values))
        return (folded,)
    if name in (outside("Math.min"), outside("Math.max")):
        return _extreme(positional, name, site)
    return None


def _wrapped(name: str, given: Values) -> Values | None:
    """A client or a function that comes back with something around it, and is used like what was given."""
    last = name.rsplit(".", 1)[-1]
    if any(same_name(name, known) for known in client_wrappers().get(last, ())):
        return given or None
    functions = tuple(value for value in given if isinstance(value, FuncV))
    return functions or None if name.startswith(PACKAGE) and last in ecma_values().keeps else None


def _cast(value: Value, name: str, site: Site) -> Value:
    if not isinstance(value, Const):
        return value
    if name in NUMBERS and isinstance(value.value, str):
        try:
            number = float(value.value)
        except ValueError:
            return Unknown("a text that is no number", site)
        return Const(int(number) if number.is_integer() else number, value.site, value.via)
    if name == "String" and isinstance(value.value, (int, float)):
        return Const(str(value.value), value.site, value.via)
    return value


def _extreme(positional: list[Values], name: str, site: CallSite) -> Values | None:
    """The smaller (larger) of several numbers. `Math.min(asked, 4096)` is at most 4096 whatever is asked for."""
    numbers: list[float] = []
    for values in positional:
        if len(values) != 1 or not isinstance(values[0], Const) or isinstance(values[0].value, (str, bool)):
            return None
        number = values[0].value
        if number is None or math.isnan(number):
            return None
        numbers.append(number)
    if len(numbers) < 2:
        return None
    return (Const(min(numbers) if name.endswith("min") else max(numbers), site.site),)


def _method(evaluator: Evaluator, callee: Member, site: CallSite) -> Values | None:
    base, name = callee.base, callee.name
    if name == "then":
        positional, _ = evaluator.arguments(site)
        found = [_result(evaluator, v, (base,)) for v in (positional[0] if positional else ())]
        return merge(found) or None
    if name == "concat" and isinstance(base, SeqV):
        return (_longer(base, evaluator.arguments(site)[0]),)
    if name in SAME_METHODS and not (name == "filter" and isinstance(base, Made)):
        if name == "trim" and isinstance(base, Const) and isinstance(base.value, str):
            return (Const(base.value.strip(), base.site, base.via, base.length),)
        if name in ("replace", "replaceAll", "slice") and isinstance(base, (Const, TextV)):
            if name == "slice" or not evaluator.thorough:
                return (TextV((None,), site.site, ((base,),)),)
            return (replaced(base, evaluator.arguments(site)[0], site.site),)
        if name in ("catch", "finally", "bind") or isinstance(base, (Const, TextV, DictV, SeqV, Env)):
            return (base,)
    if name == "join" and isinstance(base, SeqV):
        if not evaluator.thorough:
            return (TextV((None,), site.site, (merge(list(base.items)),)),)
        positional, _ = evaluator.arguments(site)
        between = positional[0] if positional else ()
        mark = between[0] if len(between) == 1 and isinstance(between[0], Const) else Const(",", site.site)
        return (joined(mark, (base,), site.site),)
    if isinstance(base, SeqV) and name == "map":
        positional, _ = evaluator.arguments(site)
        items = merge(list(base.items))
        found = [_result(evaluator, v, items) for v in (positional[0] if positional else ())]
        return (SeqV((merge(found),), True),)
    if name == "map" and evaluator.thorough and isinstance(base, (Made, Member)):
        return _mapped(evaluator, base, site)
    if isinstance(base, SeqV) and name in ("find", "at", "pop", "shift"):
        return merge(list(base.items))
    if name == "get" and isinstance(base, DictV):
        return evaluator.item(base, None, site.site)
    return None


def _longer(base: SeqV, given: list[Values]) -> SeqV:
    """`base.concat(...)`: lists are joined, anything else is one more element."""
    items, is_open = list(base.items), base.open
    for values in given:
        lists = [value for value in values if isinstance(value, SeqV)]
        if len(lists) == len(values) == 1:
            items.extend(lists[0].items)
            is_open = is_open or lists[0].open
        else:
            items.append(values)
            is_open = True
    return SeqV(tuple(items), is_open)


def _mapped(evaluator: Evaluator, base: Value, site: CallSite) -> Values | None:
    """The list a function makes of one that is not known, if something is known of what it puts in."""
    positional, _ = evaluator.arguments(site)
    items = evaluator.item(base, None, site.site)
    made = merge([_result(evaluator, v, items) for v in (positional[0] if positional else ())])
    return (SeqV((made,), True),) if any(isinstance(v, (DictV, SeqV, TextV)) for v in made) else None


def _result(evaluator: Evaluator, function: Value, given: Values) -> Values:
    """What a function handed on returns when it is given a value."""
    if not isinstance(function, FuncV):
        return ()
    params = function.function.params
    offset = 1 if params and params[0].name == "this" else 0
    bindings = {params[offset].name: given} if len(params) > offset else {}
    return evaluator.returned(function, bindings)


def callback_argument(evaluator: Evaluator, site: CallSite, position: int) -> Values:
    """What a function written as an argument gets as its first: the answer of a promise, an element of a list."""
    callee = evaluator.callee(site)
    groups: list[Values] = []
    for value in callee:
        if not isinstance(value, Member) or position != 0:
            continue
        if value.name in FIRST_ARGUMENT:
            groups.append((value.base,))
        elif value.name in EACH and isinstance(value.base, SeqV):
            groups.append(merge(list(value.base.items)))
    return merge(groups)

"""Messages with roles: which of them are instructions, and which carry what a user says."""

from __future__ import annotations

from gonogo.facts.model import Attr, Compare, DictLit, Expr, Index, Seq
from gonogo.link.module import Module, chain, text_of
from gonogo.link.walk import walk
from gonogo.registry.prompts import messages

SYSTEM_PART = "content of the system"
"""A path step: the content of those messages whose role makes them instructions."""
USER_PART = "content of the user"
"""A path step: the content of messages that carry what a user says."""
ROLES = {SYSTEM_PART: messages().roles, USER_PART: messages().user_roles}
ROLE_CLASSES = {SYSTEM_PART: messages().classes, USER_PART: messages().user_classes}
CONTENTS = frozenset({"content", "text"})
"""Parts of a message that hold what it says."""


def is_said(expr: DictLit) -> bool:
    """True for a message that carries what a user says."""
    role = next((value for key, value in expr.items if key is not None and text_of(key) == "role"), None)
    return role is not None and text_of(role) in ROLES[USER_PART]


def role_owner(expr: Expr) -> Expr | None:
    """The message whose role an expression asks for (`m.role`, `m["role"]`)."""
    if isinstance(expr, Attr) and expr.name == "role":
        return expr.base
    if isinstance(expr, Index) and text_of(expr.key) == "role":
        return expr.base
    return None


def role_tested(base: Expr, module: Module, blocks: tuple[int, ...]) -> str:
    """The role a message has here because a branch around the place asks for it (`if m["role"] == "system"`)."""
    names = chain(base)
    for index in reversed(blocks) if names else ():
        test = module.facts.blocks[index].test
        for part in walk(test, module.facts) if test is not None else ():
            if not isinstance(part, Compare) or part.ops[0] not in ("==", "in"):
                continue
            asked, value = part.left, part.rights[0]
            inner = role_owner(asked)
            if inner is None:
                continue
            texts = {text_of(item) for item in (value.items if isinstance(value, Seq) else (value,))}
            for role, known in ROLES.items():
                if chain(inner) == names and texts & known:
                    return role
    return ""

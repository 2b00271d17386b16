"""Each file of the shelf does its own work and no other's."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.house import PACKAGE, files_named, own_apps, parsed, shown, sources

SHELF = {
    "__init__", "apps", "models", "rules", "stages", "queries", "actions", "access", "forms", "views", "desk",
    "exports", "merchant", "api", "admin", "urls", "desk_urls", "merchant_urls", "sweeps", "invariants",
    "templates", "static", "migrations", "tests", "management", "templatetags", "__pycache__",
}  # fmt: skip
# What stands beside the shelf, each with its reason.
BESIDE = {
    "accounts/adapters": "allauth's face: what it asks of a project",
    "accounts/backends": "Django's face: who may stay signed in",
    "accounts/login": "a plug-in point",
    "accounts/sessions": "Django's face: how a session is kept",
    "audience/fields": "a model field",
    "exports/leases": "keeps a worker's lease while it works",
    "exports/narrowing": "a page's filter in words for paper",
    "exports/lists": "what each app's exports.py declares its lists with",
    "exports/writing": "a list as a file",
    "files/long_answers": "an answer that holds a thread, and how many there may be",
    "files/ranges": "answers range requests for any app",
    "ledger/anchor": "the file outside the database, for the settings and a restore, too",
    "members/fields": "form fields that are judged as a roll is",
    "members/wording": "what the codes of a roll's import mean, one table a kind",
    "unions/wording": "what the codes of a union list's import mean",
    "notify/channels": "a plug-in point",
    "notify/checks": "Django's system check of the plug-ins",
    "notify/plugins": "finds the plug-ins that settings name",
    "notify/demo_urls": "the routes that only a demonstration has",
    "notify/sms": "a plug-in point",
    "notify/wording": "fills the templates of notices",
}
WRITES = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
READ_ONLY = (
    "views",
    "desk",
    "merchant",
    "api",
    "queries",
    "access",
    "forms",
    "rules",
    "invariants",
)


def _app_folders() -> list[Path]:
    return [
        folder for label in own_apps() for folder in PACKAGE.glob(f"*/{label}") if folder.is_dir()
    ]


def test_apps_hold_the_shelf_and_nothing_else():
    strangers = [
        f"{folder.name}/{entry.stem}"
        for folder in _app_folders()
        for entry in folder.iterdir()
        if entry.stem not in SHELF and f"{folder.name}/{entry.stem}" not in BESIDE
    ]
    assert strangers == []


def orm_writes(tree: ast.Module) -> list[int]:
    """Lines such as ``Thing.objects.create(…)`` or ``….filter(…).update(…)``."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
        and _is_orm(node.func.value)
    ]


def _is_orm(node: ast.expr) -> bool:
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Attribute) and node.attr in {
            "objects",
            "_base_manager",
            "_default_manager",
        }:
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def test_only_actions_write():
    writers = [
        f"{shown(path)}:{line}"
        for path in files_named(*READ_ONLY)
        for line in orm_writes(parsed(path))
    ]
    assert writers == []


def test_a_write_in_a_view_would_be_seen():
    assert orm_writes(ast.parse("Pool.objects.filter(pk=1).update(taken=2)")) == [1]
    assert orm_writes(ast.parse("form.data.update(x=1)")) == []


def test_no_save_overrides_and_no_receivers():
    offenders = [
        f"{shown(path)}:{line}" for path in sources() for line in hidden_writes(parsed(path))
    ]
    assert offenders == []


def hidden_writes(tree: ast.Module) -> list[int]:
    """Lines of ``save`` methods and of signal receivers: writes that nobody sees being called."""
    methods = [
        method for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for method in node.body
    ]
    saves = [
        method.lineno
        for method in methods
        if isinstance(method, ast.FunctionDef) and method.name == "save"
    ]
    decorators = [
        getattr(decorator, "func", decorator)
        for node in ast.walk(tree)
        for decorator in getattr(node, "decorator_list", [])
    ]
    return saves + [
        named.lineno
        for named in decorators
        if isinstance(named, ast.Name) and named.id == "receiver"
    ]


def test_a_save_override_would_be_seen():
    assert hidden_writes(ast.parse("class A:\n    def save(self): pass")) == [2]
    assert hidden_writes(ast.parse("@receiver(x)\ndef f(): pass")) == [1]
    assert hidden_writes(ast.parse("def save(request): pass")) == []


def public_and_not_atomic(tree: ast.Module) -> list[str]:
    """Public functions of an actions file that write the ledger outside a transaction of theirs."""
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and "ledger.record" in ast.unparse(node)
        and not any(
            "transaction.atomic" in ast.unparse(decorator) for decorator in node.decorator_list
        )
        and "transaction.atomic()" not in ast.unparse(node)
    ]


def test_actions_are_one_transaction():
    loose = [
        f"{shown(path)} {name}"
        for path in files_named("actions")
        if "ledger" not in path.parts
        for name in public_and_not_atomic(parsed(path))
    ]
    assert loose == []


def bare_fetches(tree: ast.Module) -> list[int]:
    """``get_object_or_404(Model, pk=…)`` and ``Model.objects.get(pk=…)``: no question whose it is."""
    return [
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and _fetches_bare(node)
    ]


def _fetches_bare(call: ast.Call) -> bool:
    keys = {keyword.arg for keyword in call.keywords}
    if not keys or not keys <= {"pk", "id"}:
        return False
    if isinstance(call.func, ast.Name):
        first = call.args[0] if call.args else None
        return call.func.id == "get_object_or_404" and isinstance(first, ast.Name)
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "get"
        and isinstance(call.func.value, ast.Attribute)
        and call.func.value.attr == "objects"
    )


def test_pages_fetch_only_by_the_apps_own_doors():
    bare = [
        f"{shown(path)}:{line}"
        for path in files_named("views", "desk", "merchant", "api")
        for line in bare_fetches(parsed(path))
    ]
    assert bare == []


def test_a_bare_fetch_would_be_seen():
    assert bare_fetches(ast.parse("get_object_or_404(Series, pk=3)")) == [1]
    assert bare_fetches(ast.parse("Series.objects.get(pk=3)")) == [1]
    assert bare_fetches(ast.parse("get_object_or_404(series_of(user), pk=3)")) == []
    assert bare_fetches(ast.parse("attempt_of(member, id)")) == []

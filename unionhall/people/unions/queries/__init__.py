"""What is asked of the tree, and of lists that were sent in."""

from unionhall.people.unions.queries.lists import (
    annotated_list,
    judge_list,
    list_file_is_kept,
    list_in_charge,
    list_reasons_of,
    list_rows_of,
    list_sent_before,
    lists_in_charge,
    named_in,
    refusal_of_list,
)
from unionhall.people.unions.queries.tree import (
    IN_CHARGE,
    Scope,
    Told,
    chosen_union,
    in_charge_of,
    is_officer,
    login_with_phone,
    may_staff,
    office_in_charge,
    offices_of,
    parents_of,
    scope_of,
    search,
    staff_of,
    told,
    tops_in_charge,
    under,
    union_in_charge,
    with_parents,
)
from unionhall.people.unions.queries.undoing import (
    built_on_list,
    checks_built_on_list,
    lists_to_undo_first,
)

__all__ = [
    "IN_CHARGE", "Scope", "Told", "annotated_list", "built_on_list", "checks_built_on_list", "chosen_union", "in_charge_of", "is_officer",
    "judge_list", "list_file_is_kept", "list_in_charge", "list_reasons_of", "list_rows_of",
    "list_sent_before", "lists_in_charge", "lists_to_undo_first", "login_with_phone", "may_staff", "named_in", "office_in_charge",
    "offices_of", "parents_of", "refusal_of_list", "scope_of", "search", "staff_of", "told", "tops_in_charge", "under",
    "union_in_charge", "with_parents",
]  # fmt: skip

"""DynamoDB as moto plays it, but one call after another, and at a bearable price.

moto reads, changes and writes items without a lock while its server has many threads, so two
conditional writes could both succeed. And it spends most of an update on walking the expression's
tree, and copies a whole table for every transaction.
"""

from __future__ import annotations

import copy
import functools
import pickle
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node, UpdateExpression
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.responses import DynamoHandler

from sightline.local.seams import Seams

_EXPRESSIONS_KEPT = 1024
_WHOLE = (validators.ActionCountValidator, validators.OverlappingPathsValidator)


def install() -> Seams:
    """Put the lock and the shortcuts in; `restore()` takes them out again."""
    seams = Seams()
    _install_lock(seams)
    _install_expressions(seams)
    _install_transactions(seams)
    _install_answers(seams)
    return seams


def _install_lock(seams: Seams) -> None:
    lock = threading.RLock()

    def call(handler: Any) -> Any:
        with lock:
            return before(handler)

    before = seams.replace(DynamoHandler, "call_action", call)


def _install_expressions(seams: Seams) -> None:
    parse = functools.lru_cache(_EXPRESSIONS_KEPT)(UpdateExpressionParser.make)
    seams.replace(UpdateExpressionParser, "make", staticmethod(parse))
    seams.replace(validators, "deepcopy", copy_tree)
    seams.replace(DepthFirstTraverser, "traverse", traverse)


def copy_tree(value: Any) -> Any:
    """A deep copy; of a parsed expression by way of pickle, which is several times as fast."""
    if type(value) is UpdateExpression:
        return pickle.loads(pickle.dumps(value))  # noqa: S301 - written a moment ago
    return copy.deepcopy(value)


def traverse(traverser: Any, root: Any) -> Any:
    """What moto's traverser does, asking once per type of node and not at every node.

    Checks of a whole expression are made once, at its root, and not of every part again.
    """
    if isinstance(traverser, _WHOLE):
        return traverser.process(root)
    processors = list(traverser._processing_map().items())
    of_type: dict[type, Any] = {}

    def processor(kind: type) -> Any:
        if kind not in of_type:
            found = (process for wanted, process in processors if issubclass(kind, wanted))
            of_type[kind] = next(found, None) if issubclass(kind, Node) else None
        return of_type[kind]

    def visit(node: Any, position: int) -> Any:
        parent = node.parent
        for index, child in enumerate(node.children or ()):
            traverser.pre_processing_of_child(node, index)
            if isinstance(child, Node):
                visit(child, index)
        if process := processor(type(node)):
            node = process(node)
            node.parent = parent
            if parent:
                parent.children[position] = node
        return node

    return visit(root, -1)


def _install_transactions(seams: Seams) -> None:
    copying = _CopyModule()
    seams.replace(models, "copy", copying)

    def transact(backend: Any, items: Sequence[Mapping[str, Any]]) -> None:
        copying.keys = [key for item in items if (key := _key(backend, item))]
        try:
            before(backend, items)
        finally:
            copying.keys = None

    before = seams.replace(DynamoDBBackend, "transact_write_items", transact)


class _CopyModule:
    """Stands in for `copy` in moto's DynamoDB: in a transaction, tables are copied sparingly."""

    def __init__(self) -> None:
        self.keys: list[tuple[str, Any, Any]] | None = None

    def deepcopy(self, value: Any) -> Any:
        if isinstance(value, Table) and self.keys is not None:
            return snapshot(value, [key for key in self.keys if key[0] == value.name])
        return copy.deepcopy(value)


def snapshot(table: Any, keys: Sequence[tuple[str, Any, Any]]) -> Any:
    """A table to go back to, for a transaction that changes no items but those with `keys`."""
    saved = copy.copy(table)
    saved.items = copy.copy(table.items)
    if table.stream_shard is not None:
        saved.stream_shard = copy.copy(table.stream_shard)
        saved.stream_shard.items = list(table.stream_shard.items)
        saved.stream_shard.table = saved
    for _, hash_value, range_value in keys:
        if hash_value not in table.items:
            continue
        if table.range_key_attr is None:
            saved.items[hash_value] = copy.deepcopy(table.items[hash_value])
            continue
        group = saved.items[hash_value] = dict(table.items[hash_value])
        if range_value in group:
            group[range_value] = copy.deepcopy(group[range_value])
    return saved


def _key(backend: Any, item: Mapping[str, Any]) -> tuple[str, Any, Any] | None:
    """Table, hash value and range value of one write of a transaction; None where unknown."""
    operation = next(iter(item.values()))
    table = backend.tables.get(operation.get("TableName"))
    values = operation.get("Key") or operation.get("Item") or {}
    if table is None or table.hash_key_attr not in values:
        return None
    ranged = values.get(table.range_key_attr) if table.range_key_attr else None
    return table.name, DynamoType(values[table.hash_key_attr]), ranged and DynamoType(ranged)


def _install_answers(seams: Seams) -> None:
    def serialize(serializer: Any, into: Any, value: Any, shape: Any, key: str) -> None:
        if key and shape.name == "AttributeValue" and is_wire_form(value):
            serializer._default_serialize(into, value, shape, key)
        else:
            before(serializer, into, value, shape, key)

    before = seams.replace(BaseJSONSerializer, "_serialize_type_structure", serialize)


def is_wire_form(value: Any) -> bool:
    """Whether a value is an attribute as JSON carries it: `{"S": "text"}`, but nothing binary.

    moto looks for each of the ten possible members in many spellings, for every attribute.
    """
    if type(value) is not dict or len(value) != 1:
        return False
    kind, content = next(iter(value.items()))
    if kind in ("S", "N"):
        return type(content) is str
    if kind in ("BOOL", "NULL"):
        return type(content) is bool
    if kind == "M":
        return type(content) is dict and all(map(is_wire_form, content.values()))
    if kind == "L":
        return type(content) is list and all(map(is_wire_form, content))
    return False

"""The part of CloudWatch's metric math that alarms need.

Numbers, the four operations, comparisons, `IF(condition, then, otherwise)` and
`ANOMALY_DETECTION_BAND(metric, width)`. A value that is missing makes the result missing, as does a
division by zero. The band of CloudWatch is learned from two weeks and knows hours and weekdays; the
one here is the mean of the periods before this one and `width` standard deviations.
"""

from __future__ import annotations

import ast
import operator
import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

from sightline.domain.errors import InvalidError
from sightline.syntax import undisturbed

Value = float | None
Named = Callable[[str, int], Value]
"""The value of a metric, by name, so many periods ago."""

BAND_PERIODS = 24
_LEARNED = 5  # fewer periods than that say nothing of what is usual
_OPERATIONS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class Band(NamedTuple):
    """What is usual."""

    lower: float
    upper: float


def evaluate(expression: str, named: Named, ago: int = 0) -> Value:
    """The value of an expression, `ago` periods before now.

    `InvalidError` when it uses something that is not supported here.
    """
    return _value(_parsed(expression), named, ago)


def band(expression: str, named: Named) -> Band | None:
    """The band of an expression that is one; None while too little is known of what is usual."""
    node = _parsed(expression)
    if not (isinstance(node, ast.Call) and _function(node) == "ANOMALY_DETECTION_BAND"):
        raise _unsupported(node)
    metric, width = node.args
    past = [_value(metric, named, ago) for ago in range(1, BAND_PERIODS + 1)]
    known = [value for value in past if value is not None]
    if len(known) < _LEARNED:
        return None
    mean, spread = statistics.fmean(known), statistics.pstdev(known)
    reach = spread * float(ast.literal_eval(width))
    return Band(mean - reach, mean + reach)


def _value(node: ast.expr, named: Named, ago: int) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return named(name, ago)
        case ast.BinOp(left=left, op=act, right=right) if type(act) in _OPERATIONS:
            return _apply(act, [left, right], named, ago)
        case ast.Compare(left=left, ops=[act], comparators=[right]) if type(act) in _OPERATIONS:
            return _apply(act, [left, right], named, ago)
        case ast.Call(args=[condition, then, otherwise]) if _function(node) == "IF":
            holds = _value(condition, named, ago)
            return None if holds is None else _value(then if holds else otherwise, named, ago)
    raise _unsupported(node)


def _apply(act: ast.AST, sides: Sequence[ast.expr], named: Named, ago: int) -> Value:
    left, right = (_value(side, named, ago) for side in sides)
    if left is None or right is None or (isinstance(act, ast.Div) and right == 0):
        return None
    return float(_OPERATIONS[type(act)](left, right))


def _function(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _parsed(expression: str) -> ast.expr:
    try:
        return undisturbed(lambda: ast.parse(expression, mode="eval").body)
    except SyntaxError as error:
        raise InvalidError(f"metric math {expression!r}: {error.msg}") from error


def _unsupported(node: ast.AST) -> InvalidError:
    return InvalidError(f"the local system does not support {ast.unparse(node)!r} in metric math")

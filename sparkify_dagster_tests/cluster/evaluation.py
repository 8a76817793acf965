"""The template as CloudFormation evaluates it, for some parameters.

It knows the functions that the template uses and no others. A reference to another resource
becomes `{logical id}`, an attribute of it `{logical id.attribute}`.
"""

from collections.abc import Callable
from typing import Any

import yaml

from sparkify_dagster.cluster import template

NO_VALUE = object()
_PSEUDO = {
    "AWS::NoValue": NO_VALUE,
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/name/0a1b2c3d-x-y",
}


# They get their arguments, evaluated.
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "Equals": lambda found: str(found[0]) == str(found[1]),
    "Not": lambda found: not found[0],
    "And": all,
    "Or": any,
    "Join": lambda found: found[0].join(found[1]),
    "Select": lambda found: found[1][found[0]],
    "Split": lambda found: found[1].split(found[0]),
    "Cidr": lambda found: [f"{found[0]}#{number}" for number in range(found[1])],
    "GetAZs": lambda _: ["zone-a", "zone-b", "zone-c"],
}

# Reads `!Name value` as `{"!Name": value}`.
_Loader: Any = type("_Loader", (yaml.SafeLoader,), {})


def _tagged(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {f"!{suffix}": loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {f"!{suffix}": loader.construct_sequence(node, deep=True)}
    msg = "the template tags scalars and lists only"
    raise TypeError(msg)


_Loader.add_multi_constructor("!", _tagged)


def source() -> dict[str, Any]:
    """Return the template, not evaluated."""
    loaded: dict[str, Any] = yaml.load(template.body(), Loader=_Loader)  # noqa: S506 - a SafeLoader
    return loaded


def resources(**parameters: str) -> dict[str, dict[str, Any]]:
    """Return the properties of the resources that exist with these parameters."""
    evaluation = _Evaluation(parameters)
    return {
        name: evaluation.value(resource.get("Properties", {}))
        for name, resource in evaluation.source["Resources"].items()
        if "Condition" not in resource or evaluation.holds(resource["Condition"])
    }


class _Evaluation:
    def __init__(self, parameters: dict[str, str]) -> None:
        self.source = source()
        declared = self.source["Parameters"]
        unknown = set(parameters) - set(declared)
        assert not unknown, f"the template has no {unknown}"
        self._parameters = {
            name: parameters.get(name, str(parameter.get("Default", "")))
            for name, parameter in declared.items()
        }

    def holds(self, condition: str) -> bool:
        return bool(self.value(self.source["Conditions"][condition]))

    def value(self, given: Any) -> Any:
        if isinstance(given, list):
            found = [self.value(item) for item in given]
            return [item for item in found if item is not NO_VALUE]
        if not isinstance(given, dict):
            return given
        [key, *others] = given
        if not others and key.startswith("!"):
            return self._function(key[1:], given[key])
        found_by_key = {key: self.value(item) for key, item in given.items()}
        return {key: item for key, item in found_by_key.items() if item is not NO_VALUE}

    def _function(self, name: str, given: Any) -> Any:
        if name == "If":
            return self.value(given[1] if self.holds(given[0]) else given[2])
        if name == "Condition":
            return self.holds(given)
        if name == "Ref":
            return self._reference(given)
        if name == "GetAtt":
            return f"{{{given}}}"
        if name == "Sub":
            for key in (*self._parameters, "AWS::Partition", "AWS::Region"):
                given = given.replace(f"${{{key}}}", str(self._reference(key)))
            return given
        return _FUNCTIONS[name](self.value(given))

    def _reference(self, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name not in self._parameters:
            return f"{{{name}}}"
        value = self._parameters[name]
        is_list = self.source["Parameters"][name]["Type"] == "CommaDelimitedList"
        return value.split(",") if is_list else value

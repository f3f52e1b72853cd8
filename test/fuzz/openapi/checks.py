"""Checks that take the place of two of schemathesis' own, where these cannot know what the contract says in words."""

import re

import schemathesis
from schemathesis.generation import GenerationMode

# Refusals of requests that fit the schema, by `detail`: what only the state decides, or what JSON Schema cannot say.
EXCUSED = {
    "depends on the version that the item has": r"The item (does not exist|exists at version)",
    "depends on what the same key was used for before": r"This idempotency key belongs to",
    "depends on the value that the item has": r"would leave its bounds|The attribute is not a number|cannot be kept exactly",
    "depends on the attributes that the item has": r"An item has at most",
    "depends on what is there": r"There is no (item|dead letter) with",
    "depends on the settings": r"is not listable|keeps no history",
    "only this list can tell": r"The cursor (is none that this list has given|names no place)",
    "two headers exclude each other": r"cannot stand beside If-None-Match",
    "two operators exclude each other": r"may stand in one operator only",
    "bytes of UTF-8, where JSON Schema counts characters": r"(has \d+ bytes, allowed are|is over 1024 bytes)",
    "JSON has numbers that no double carries": r"A number cannot be carried exactly",
    "said in words, because a schema that holds itself makes schemathesis recurse": r"A number is outside|A number must be 0 or|name is empty|nested over 31",
    "the coverage phase makes objects that break their oneOf": r"either ids or all must be given",
}


@schemathesis.check
def accepts_what_fits(ctx, response, case):
    """Like positive_data_acceptance, which looks at the status alone: here each refusal needs a reason that was foreseen."""
    if case.meta is None or not case.meta.generation.mode.is_positive or not 400 <= response.status_code < 500:
        return
    detail = response.json()["detail"]
    # The coverage phase takes this for what the pattern of the header describes.
    if (case.headers or {}).get("If-Match") == "0":
        return
    if any(re.search(pattern, detail) for pattern in EXCUSED.values()):
        return
    raise AssertionError(f"A request that fits the schema was refused: {response.status_code} {detail}")


@schemathesis.check
def batch_refuses_what_does_not_fit(ctx, response, case):
    """Instead of negative_data_rejection for a batch: an operation that is none fails alone, within a 200."""
    if case.operation.label != "POST /batch" or case.meta is None or response.status_code != 200:
        return
    if case.meta.generation.mode != GenerationMode.NEGATIVE or not isinstance(case.body, dict):
        return
    operations = case.body.get("operations")
    results = response.json()["results"]
    if not isinstance(operations, list) or len(operations) != len(results):
        raise AssertionError("A batch must have one result for each operation")
    for operation, result in zip(operations, results):
        if not isinstance(operation, dict) or operation.get("op") not in ("put", "patch", "delete", "get"):
            if result["status"] != 422:
                raise AssertionError(f"What is no operation was answered with {result['status']}")

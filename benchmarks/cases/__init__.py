"""The families of cases.

A family is a module with a table ``CASES``: name of the case -> package ("mxnet" or "torch") -> function. The function
gets the imported package, prepares its data and returns ``block(iterations)``, which does the work that many times and
waits for all results. mxnet-next and MXNet 1.9.1 run the same function. A family of many cases may state ``ROUNDS`` and
``SECONDS`` of its own for when none are given.
"""

FAMILIES = {
    "dispatch": "benchmarks.cases.dispatch",
    "lenet": "benchmarks.cases.lenet",
    "gluon": "benchmarks.cases.gluon",
    "executor": "benchmarks.cases.executor",
    "operators": "benchmarks.cases.operators",
    "data": "benchmarks.cases.data",
    "import": "benchmarks.cases.imports",
}

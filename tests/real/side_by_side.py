# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of a class side by side: they spend their time waiting for the cluster, each in its own namespace.

    load_tests = side_by_side.load_tests      # in a test file, for all its classes
"""
import concurrent.futures
import unittest

# Enough to fill the waits; more would make GuideLLM late on two cores.
AT_ONCE = 3


class Recorder(unittest.TestResult):
    """Keeps what a test tells, to be told to the real result when its turn comes."""

    def __init__(self):
        super().__init__()
        self.told = []

    def outcome(name):  # noqa: N805 (makes a method)
        def tell(self, *args):
            self.told.append((name, args))
        return tell

    startTest, stopTest = outcome("startTest"), outcome("stopTest")
    addSuccess, addSkip, addSubTest = outcome("addSuccess"), outcome("addSkip"), outcome("addSubTest")
    addError, addFailure = outcome("addError"), outcome("addFailure")
    addExpectedFailure, addUnexpectedSuccess = outcome("addExpectedFailure"), outcome("addUnexpectedSuccess")


def record(test):
    recorder = Recorder()
    test(recorder)
    return recorder.told


class SideBySide(unittest.TestSuite):
    """The tests of one class."""

    def run(self, result, debug=False):
        tests = list(self)
        case = type(tests[0])
        try:
            case.setUpClass()
        except unittest.SkipTest as skip:
            for test in tests:
                result.startTest(test)
                result.addSkip(test, str(skip))
                result.stopTest(test)
            return result
        try:
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                for told in pool.map(record, tests):
                    for name, args in told:
                        getattr(result, name)(*args)
        finally:
            case.tearDownClass()
            case.doClassCleanups()
        return result


def load_tests(loader, classes, pattern):
    return unittest.TestSuite(SideBySide(tests) for tests in classes if tests.countTestCases())

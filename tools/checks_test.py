#!/usr/bin/env python3
"""Tests of the checks: each rule must find what breaks it, and nothing else."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_layers  # noqa: E402
import check_sizes  # noqa: E402

DOC = "// A thing.\n"
LONG = "  Work();\n" * 80


class Tree(unittest.TestCase):
    def setUp(self):
        self.held = tempfile.TemporaryDirectory()
        self.addCleanup(self.held.cleanup)

    def problems(self, check, files):
        for path, text in files.items():
            file = pathlib.Path(self.held.name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return check(self.held.name)

    def layers(self, path, include):
        return self.problems(check_layers.check, {path: f"#include {include}\n"})

    def sizes(self, path, text):
        return self.problems(check_sizes.check, {path: text})


class Layers(Tree):
    def test_a_lower_level_and_the_own_module_are_allowed(self):
        self.assertEqual(self.layers("src/avro/a.cc", '"base/error.h"\n#include "avro/a.h"\n#include <vector>'), [])

    def test_a_higher_level_is_not(self):
        self.assertIn("src/avro/a.cc:1: avro (L2) includes upwards to kafka (L3)", self.layers("src/avro/a.cc", '"kafka/x.h"')[0])

    def test_a_sibling_is_not(self):
        self.assertIn("sideways", self.layers("src/mysql/a.h", '"kafka/x.h"')[0])

    def test_an_unknown_module_is_named(self):
        self.assertIn("'nosuch' is no module", self.layers("src/mysql/a.h", '"nosuch/x.h"')[0])
        self.assertIn("'odd' has no level", self.problems(check_layers.check, {"src/odd/a.h": '#include <set>\n'})[-1])

    def test_fakes_are_for_tests_only(self):
        self.assertEqual(self.layers("src/capture/a_test.cc", '"testing/fake.h"'), [])
        self.assertIn("for tests only", self.layers("src/capture/a.cc", '"testing/fake.h"')[0])

    def test_a_library_stays_behind_its_adapter(self):
        self.assertEqual(self.layers("src/kafka/a.cc", "<librdkafka/rdkafka.h>"), [])
        self.assertIn("stays behind", self.layers("src/kafka/a.h", "<librdkafka/rdkafka.h>")[0])
        self.assertIn("stays behind", self.layers("src/sink/b.cc", "<curl/curl.h>")[-1])

    def test_a_path_without_its_module_is_not_allowed(self):
        self.assertIn('write "mysql/x.h"', self.layers("src/mysql/a.cc", '"x.h"')[0])


class Sizes(Tree):
    def test_a_long_function_is_found_wherever_it_stands(self):
        heads = {
            "void F() {": "}", "X::X(int a) : a_{a}, b_(a) {": "}", "TEST(Claim, Holds) {": "}",
            "struct S { int f(int a = 3) const {": "}};", "X& X::operator=(const X& x) {": "}",
            "template <class T, class = std::enable_if_t<(sizeof(T) > 2)>> auto F(T t) -> int {": "}",
        }
        for head, tail in heads.items():
            with self.subTest(head):
                self.assertEqual(len(self.sizes("src/base/a.cc", f"namespace a {{\n{head}\n{LONG}{tail}\n}}\n")), 1)

    def test_tables_types_and_namespaces_may_be_long(self):
        rows = '  {"a", F(1)},\n' * 80
        self.assertEqual(self.sizes("src/base/a.cc", f"namespace a {{\nconst Row kRows[] = {{\n{rows}}};\n}}\n"), [])
        self.assertEqual(self.sizes("src/base/b.cc", "class B {\n" + "  int F() { return 1; }\n" * 80 + "};\n"), [])

    def test_braces_in_text_and_comments_do_not_count(self):
        odd = 'int F() {\n  // }\n  Say("{", \'}\', R"x({{)x", 1\'000);\n}\n'
        self.assertEqual(self.sizes("src/base/a.cc", odd * 30), [])

    def test_a_type_needs_a_comment_directly_above(self):
        self.assertEqual(self.sizes("src/base/a.h", f"namespace a {{\n{DOC}template <class T>\nclass A {{ struct B {{}}; }};\nclass C;\n}}\n"), [])
        self.assertEqual(len(self.sizes("src/base/a.h", f"namespace a {{\n{DOC}\nclass A {{}};\nstruct B : A {{}};\n}}\n")), 2)

    def test_a_specialisation_is_covered_by_its_template(self):
        text = "template <>\nclass [[nodiscard]] R<void> {};\ntemplate <class T>\nstruct std::hash<A<T>> {};\n"
        self.assertEqual(self.sizes("src/base/a.h", text), [])

    def test_a_long_file_is_found(self):
        self.assertIn("601 lines", self.sizes("tests/a.py", "x\n" * 601)[0])
        self.assertEqual(self.sizes("tests/a.py", "x\n" * 600), [])


if __name__ == "__main__":
    unittest.main()

"""What fields and descriptions may say: right, wrong and costly."""

from hypothesis import strategies as st

NASTY = (
    "", " ", "\0", "a\0b", "UNKNOWN", "\ufeffx", "\ud800", "\u202e\u2066", "𝕏" * 300, "é" * 1000, "a" * 70_000, "9" * 5000, "-1", "%s%n",
    "{{7*7}}", "${7*7}", "<script>alert(1)</script>", "' OR 1=1 --", "../../../etc/passwd", "C:\\x", "x\r\nSet-Cookie: a=b", "x\n\ny",
    "(" * 3000, "[" * 3000, ",".join("abc" * 500), ";" * 2000, "javascript:alert(1)", "=?utf-8?b?////?=", "=?x?q?=00?=", "\x1b[31m", "\x85\u2028",
)  # fmt: skip
MANY = st.sampled_from([1, 1, 1, 2, 3, 10, 100, 1000, 10_000])

VERSIONS = st.one_of(
    st.sampled_from(["1", "1.0.*", "1!2.3rc1.post2.dev3", "1.0+local.7", "v1", "01.00", "1" * 90, "1.*.*", "x", ""]),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=40).map(lambda parts: ".".join(map(str, parts))),
)  # fmt: skip
OPERATORS = st.sampled_from(["==", "!=", ">=", "<=", "~=", ">", "<", "===", "=", "~", ""])
SPECIFIERS = st.lists(st.tuples(OPERATORS, VERSIONS).map("".join), max_size=6).map(",".join)
VARIABLES = st.sampled_from(
    ["os_name", "python_version", "python_full_version", "extra", "sys_platform", "extras", "dependency_groups", "'a'", "'3.11'", "\"'\"", "nothing", ""]
)  # fmt: skip
COMPARISONS = st.tuples(
    VARIABLES, st.sampled_from(["==", "!=", "in", "not in", "<", ">=", "~=", "===", "and"]), VARIABLES
).map(" ".join)
MARKERS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or", "", "&"]), inner).map(" ".join),
        st.tuples(st.integers(1, 400), inner).map(lambda pair: "(" * pair[0] + pair[1] + ")" * pair[0]),
        st.tuples(MANY, inner).map(lambda pair: " or ".join([pair[1]] * min(pair[0], 1000))),
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["a", "zope.interface", "A_b-C.d", "-a", "a-", "a b", "é", "a" * 300, ""])
EXTRAS = st.sampled_from(["", "[x]", "[x,y]", "[x,", "[]", "[" + "x," * 300 + "y]", "[é]"])
REQUIREMENTS = st.one_of(
    st.tuples(NAMES, EXTRAS, SPECIFIERS).map("".join),
    st.tuples(NAMES, EXTRAS, st.just("("), SPECIFIERS, st.just(")")).map("".join),
    st.tuples(NAMES, SPECIFIERS, MARKERS).map(lambda parts: "{}{}; {}".format(*parts)),
    st.tuples(NAMES, st.sampled_from(NASTY)).map(lambda parts: "{} @ https://x/{}".format(*parts)),
)
LICENSES = st.recursive(
    st.sampled_from(["MIT", "Apache-2.0", "LicenseRef-x", "GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0+", "mit", "é", "", "(", "WITH", "None"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["AND", "OR", "with", ""]), inner).map(" ".join),
        st.tuples(st.integers(1, 300), inner).map(lambda pair: "(" * pair[0] + pair[1] + ")" * pair[0]),
        st.tuples(MANY, inner).map(lambda pair: " OR ".join([pair[1]] * min(pair[0], 2000))),
    ),
    max_leaves=6,
)  # fmt: skip
CONTENT_TYPES = st.sampled_from(
    ["text/markdown", "text/x-rst", "text/plain", "text/markdown; charset=UTF-8; variant=GFM", "text/markdown; variant=CommonMark",
     "text/markdown; charset=utf-16", "text/html", "text/markdown;" + 'a="' * 400, "x", "text/x-rst; charset=\0", "text/markdown; variant*0*=utf-8''G"]
)  # fmt: skip
URLS = st.sampled_from(["https://example.org/", "http://[::1", "https://[x]:99999/", "https://é.example/", "//x", "mailto:a@b", "javascript:x"])  # fmt: skip

VALUES = {
    "Metadata-Version": st.sampled_from(["1.0", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "3.0", "9" * 5000, "2", "x"]),
    "Name": NAMES,
    "Version": VERSIONS,
    "Summary": st.sampled_from(NASTY),
    "Requires-Dist": REQUIREMENTS,
    "Requires-Python": SPECIFIERS,
    "License-Expression": LICENSES,
    "License": st.sampled_from(["MIT", "x" * 30_000]),
    "License-File": st.sampled_from(["LICENSE", "../LICENSE", "/etc/passwd", "a\\b", "*", "a" * 5000]),
    "Description-Content-Type": CONTENT_TYPES,
    "Description": st.sampled_from(NASTY),
    "Project-URL": st.one_of(URLS, URLS.map(lambda url: f"Source, {url}"), URLS.map(lambda url: f"{'é' * 200},{url}")),
    "Home-page": URLS,
    "Download-URL": URLS,
    "Author-email": st.sampled_from(["a@b", "é <a@b>", ",".join(["a@b"] * 3000), '"' * 2000, "<" * 2000]),
    "Keywords": st.sampled_from(["a,b", "a b", ",".join(["word"] * 5000), "\0"]),
    "Classifier": st.sampled_from(["Programming Language :: Python :: 3", "Private :: x", "x" * 5000, "License :: OSI Approved"]),
    "Provides-Extra": st.sampled_from(["x", "X", "é", "a--b", "-", "x" * 3000]),
    "Dynamic": st.sampled_from(["Version", "version", "Requires-Dist", "x"]),
    "Platform": st.sampled_from(["any", "UNKNOWN", "x" * 3000]),
    "X-Unknown": st.sampled_from(NASTY),
}  # fmt: skip
"""The values that a field of core metadata is given."""

FRAGMENTS = (
    "> ", "- ", "  - ", "* ", "1. ", "[", "![", "[a](", "[a][b]", "[^1]", "[^1]: x\n", "*a_ ", "**", "__", "~~", "`", "```\n", "~~~ python\n", "    ",
    "|a", "\n|-|-|\n", "| a | b |\n", "<div>", "<!-- ", "<a href=javascript:x>", "<script>", "&amp;", "&#0;", "\\", "# ", "\n===\n", "\n---\n", "\n\n", "\n",
    "a_ ", "`a`_ ", "|a| ", ":a:`b` ", ":math:`x` ", ".. |a| replace:: |b|\n", ".. |b| replace:: xx |c| xx\n", ".. _a: b_\n", ".. [1] x\n", ".. a\n",
    ".. include:: /etc/passwd\n", ".. raw:: html\n\n   <b>\n", ".. csv-table::\n   :url: http://127.0.0.1:9/\n", ".. code:: python\n\n   x = 1\n", ".. figure:: x\n",
    ".. role:: a(b)\n", ".. contents::\n", ".. math::\n\n   x^2\n", ".. table:: a\n", "+---+---+\n| a | b |\n+---+---+\n", "=== ===\na   b\n=== ===\n", "::\n\n  x\n",
    "https://example.org/ ", "a@b.example ", "é", "𝕏", "\0", "\u202e", "\t", "word ",
)  # fmt: skip
DESCRIPTIONS = st.lists(st.tuples(st.sampled_from(FRAGMENTS), MANY), min_size=1, max_size=8).map(
    lambda parts: "".join(fragment * many for fragment, many in parts)
)

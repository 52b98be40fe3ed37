# SPDX-License-Identifier: BSD-2-Clause
"""src/core and src/out enter no kernel, read no clock and write no stream: their objects import nothing that could."""

from tree import Skip, tool

ALLOWED = frozenset(
    "memchr memcmp memcpy memmove memset "
    "strchr strcmp strcspn strlen strncmp strnlen strrchr strspn strstr "
    "malloc calloc realloc free bsearch qsort "
    "__errno_location __ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc "
    "gmtime_r "  # a calendar; that glibc looks once whether TZ counts leap seconds changes nothing in the result
    "__stack_chk_fail __memcpy_chk __memmove_chk __memset_chk _GLOBAL_OFFSET_TABLE_".split()
)
SANITIZERS = ("__asan_", "__ubsan_", "__sanitizer_", "__sancov_")
# Besides its own: whose symbols a folder may use.
MAY_USE = {"core": (), "out": ("core",)}
JANSSON = ("json_", "jsonp_")
JANSSON_USERS = ("src/out/", "src/core/container_state.c", "src/core/engine_text.c", "src/core/json_text.c")


def check(tree):
    nm = tool("nm", "llvm-nm")
    symbols = {folder: _symbols(tree, nm, folder) for folder in MAY_USE}
    findings = []
    for folder, others in MAY_USE.items():
        known = set(ALLOWED)
        for name in (folder, *others):
            known |= {symbol for defined, _ in symbols[name].values() for symbol in defined}
        for source, (_, wanted) in symbols[folder].items():
            for symbol in sorted(wanted - known):
                if symbol.startswith(SANITIZERS):
                    continue
                if str(source).startswith(JANSSON_USERS) and symbol.startswith(JANSSON):
                    continue
                findings.append(f"{source}: uses {symbol}(), which src/{folder} may not (tests/lint/purity.py)")
    return findings


def _symbols(tree, nm, folder):
    """{source: (symbols it defines, symbols it needs)}"""
    result = {}
    for source in (path for path in tree.c_files(f"src/{folder}") if path.suffix == ".c"):
        built = tree.build / "obj" / folder / f"{source.stem}.o"
        if not built.exists():
            raise Skip(f"{built} is not built")
        status, output = tree.run(nm, "--format=posix", built)
        if status != 0:
            raise Skip(f"{nm}: {output.strip()}")
        rows = [line.split() for line in output.splitlines()]
        rows = [row for row in rows if len(row) >= 2]
        needed = {row[0] for row in rows if row[1] in "Uvw"}
        result[source] = ({row[0] for row in rows} - needed, needed)
    return result

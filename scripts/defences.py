#!/usr/bin/env python3
"""Takes the defences of tests/lab/defences.toml out, one at a time, and demands that their tests fail.

All of them go into one build, each behind a question that the variable PAPERWING_WITHOUT answers at run time: forty builds
would take hours. It is made in a tree and a folder of its own, so that nothing of it gets into other builds. Names as arguments:
only these defences.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "target" / "defences"
TREE = TARGET / "tree"
QUESTION = """
/// Whether a defence is taken out.
pub(crate) fn without(name: &str) -> bool {
    static WITHOUT: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    WITHOUT.get_or_init(|| std::env::var("PAPERWING_WITHOUT").ok()).as_deref() == Some(name)
}
"""
# So many tests at once; more make a busy computer slow, and who is slow may be left.
JOBS = int(os.environ.get("JOBS", "1"))
# A test that hangs without its defence has failed too.
PATIENCE = 180


def fresh_tree():
    if not TREE.exists():
        subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=True)
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", TREE, "HEAD"], cwd=ROOT, check=True)
    if revision(TREE) != revision(ROOT):
        subprocess.run(["git", "reset", "--quiet", "--hard", revision(ROOT)], cwd=TREE, check=True)


def revision(tree):
    return subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=tree, text=True).strip()


def take_out(table):
    """Puts the question before every defence. Files that are as they should be are left alone, and so not built again."""
    texts = {}
    for defence in table:
        for file, before, after in defence["edits"]:
            if file not in texts:
                texts[file] = subprocess.check_output(["git", "show", f"HEAD:{file}"], cwd=TREE, text=True)
            if (times := texts[file].count(before)) != 1:
                sys.exit(f"{defence['name']}: “{before}” stands {times} times in {file}: mend defences.toml")
            texts[file] = texts[file].replace(before, after.replace("WITHOUT", f'crate::without("{defence["name"]}")'))
    library = "crates/engine/src/lib.rs"
    texts[library] = subprocess.check_output(["git", "show", f"HEAD:{library}"], cwd=TREE, text=True) + QUESTION
    for file, text in texts.items():
        if (TREE / file).read_text() != text:
            (TREE / file).write_text(text)


def build(tree, target, *what):
    """The programs and test programs that a build makes, by the name of their target."""
    command = ["cargo", *what, "--locked", "--message-format=json-render-diagnostics"]
    made = subprocess.run(
        command, cwd=tree, env=os.environ | {"CARGO_TARGET_DIR": str(target)}, stdout=subprocess.PIPE, check=True, text=True
    )
    messages = map(json.loads, made.stdout.splitlines())
    return {it["target"]["name"]: it["executable"] for it in messages if it.get("executable")}


def passes(program, test, environment):
    exact = ["--exact", test] if environment["kind"] == "lab" else [test]
    variables = os.environ | environment["variables"]
    try:
        ended = subprocess.run(
            [program, *exact], cwd=environment["folder"], env=variables, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return False
    if "running 0 tests" in ended.stdout:
        sys.exit(f"there is no test “{test}”: mend defences.toml")
    if "SKIPPED" in ended.stdout:
        sys.exit(f"{test} cannot run here:\n{ended.stdout}")
    return ended.returncode == 0


def tests_of(defence, kind):
    """Its tests in one of the test programs. A scenario is played by the test of its name."""
    scenarios = [f"each::{it.replace('-', '_')}" for it in defence.get("scenarios", [])] if kind == "lab" else []
    return scenarios + defence.get(kind, [])


def bare_scenarios(program, table):
    """Scenarios of the lab that no defence names."""
    listed = subprocess.check_output([program, "--list", "--format", "terse"], text=True).splitlines()
    played = {line.removesuffix(": test") for line in listed if line.startswith("each::")}
    return sorted(played - {test for defence in table for test in tests_of(defence, "lab")})


def main():
    table = tomllib.loads((ROOT / "tests/lab/defences.toml").read_text())["defence"]
    chosen = [it for it in table if not sys.argv[1:] or it["name"] in sys.argv[1:]]
    fresh_tree()
    take_out(table)
    paperwing = build(TREE, TARGET, "build", "--workspace", "--bin", "paperwing")["paperwing"]
    programs = {"lab": build(ROOT, ROOT / "target", "test", "--no-run", "--workspace", "--test", "scenarios")["scenarios"]}
    wrong = [f"{test}: no defence names it" for test in bare_scenarios(programs["lab"], table)]
    if any("engine" in it for it in chosen):
        tests = build(TREE, TARGET, "test", "--no-run", "--package", "paperwing-engine", "--lib")
        programs["engine"] = tests["paperwing_engine"]
    folders = {"lab": ROOT / "tests/lab", "engine": TREE / "crates/engine"}

    def run(kind, test, without):
        variables = {"PAPERWING_BIN": paperwing, "PAPERWING_WITHOUT": without}
        # A busy computer can make a test fail, nothing makes one pass: so it may try twice.
        return any(passes(programs[kind], test, {"kind": kind, "folder": folders[kind], "variables": variables}) for _ in range(2))

    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        named = lambda defence: [(kind, test) for kind in programs for test in tests_of(defence, kind)]
        whole = sorted({case for defence in chosen for case in named(defence)})
        broken = [case for case, is_green in zip(whole, pool.map(lambda case: run(*case, ""), whole)) if not is_green]
        wrong += [f"{test} fails with every defence in place, so it shows nothing" for _, test in broken]
        print(f"{len(whole)} tests with every defence in place, {len(broken)} of them failed", flush=True)
        cases = [(defence["name"], *case) for defence in chosen for case in named(defence)]
        ended = dict(zip(cases, pool.map(lambda case: run(*case[1:], case[0]), cases)))
        for defence in chosen:
            name, tests = defence["name"], named(defence)
            green = [test for kind, test in tests if ended[name, kind, test]]
            red = [test for kind, test in tests if test not in green and (kind, test) not in broken]
            state = "NO TEST" if not tests else "defended" if len(red) == len(tests) else "NOT SEEN"
            print(f"{state:9} {name:18} {len(red)} of {len(tests)} tests fail without it")
            wrong += [f"{name}: no test defends it"] * (not tests)
            wrong += [f"{name}: {test} passes without it" for test in green]
    print(*wrong, sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

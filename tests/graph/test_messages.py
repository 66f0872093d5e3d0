"""Every mistake that a user can make is answered with one sentence, exit code 1 and no traceback; here is the full text."""

from __future__ import annotations

import os
import re

import pytest

CASES = {
    "no_dodo": (
        None,
        [],
        {},
        "error: CHECKOUT: there is no 'dodo.py' here. Change to the top folder of the checkout.",
    ),
    "syntax": (
        """
def task_t(:
    pass
""",
        [],
        {},
        "error: dodo.py, line 2, column 12: invalid syntax.",
    ),
    "raises": (
        """
def task_t():
    return {}['x']
""",
        [],
        {},
        "error: dodo.py, line 3, column 12: KeyError: 'x'.",
    ),
    "import": (
        "import nothing_like_it",
        [],
        {},
        "error: dodo.py, line 2, column 1: ModuleNotFoundError: No module named 'nothing_like_it'.",
    ),
    "cycle": (
        """
def task_a(): return rule(inputs=["c"], outputs=["a"], command=["python", "-c", ""])
def task_b(): return rule(inputs=["a"], outputs=["b"], command=["python", "-c", ""])
def task_c(): return rule(inputs=["b"], outputs=["c"], command=["python", "-c", ""])
""",
        [],
        {},
        "error: dodo.py: the tasks wait for each other: a → c → b → a. Remove one of these edges.",
    ),
    "cycle_self": (
        'def task_a(): return check(command=["python", "-c", ""], after=["a"])',
        [],
        {},
        "error: dodo.py: the tasks wait for each other: a → a. Remove one of these edges.",
    ),
    "two_producers": (
        """
def task_a(): return rule(outputs=["x"], command=["python", "-c", ""])
def task_b(): return rule(outputs=["./x"], command=["python", "-c", ""])
""",
        [],
        {},
        "error: dodo.py, line 2 and dodo.py, line 3: 'x' is made by two tasks, 'a' and 'b'. Give it to one of them.",
    ),
    "file_in_tree": (
        """
def task_a(): return rule(outputs=["dist/"], command=["python", "-c", ""])
def task_b(): return rule(outputs=["dist/x"], command=["python", "-c", ""])
""",
        [],
        {},
        "error: 'dist/x', output of 'b', is inside 'dist/', which 'a' owns. Write it to another folder, or let 'a' make it.",
    ),
    "file_and_tree": (
        """
def task_a(): return rule(outputs=["dist/"], command=["python", "-c", ""])
def task_b(): return rule(outputs=["dist"], command=["python", "-c", ""])
""",
        [],
        {},
        "error: 'dist' is made as a file by 'b' and as a folder by 'a'. Rename one of them.",
    ),
    "outside_output": (
        'def task_a(): return rule(outputs=["../x"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: the path '../x' is outside the checkout. Write a path relative to the top folder.",
    ),
    "absolute_input": (
        'def task_a(): return rule(inputs=["/etc/passwd"], outputs=["x"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: the path '/etc/passwd' is outside the checkout. Write a path relative to the top folder.",
    ),
    "empty_path": (
        'def task_a(): return rule(inputs=[""], outputs=["x"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: the path '' does not name a file of the checkout. Write a path relative to the top folder.",
    ),
    "missing_input": (
        'def task_a(): return check(inputs=["src/mian.py"], command=["python", "-c", ""])',
        [],
        {"src/main.py": "1"},
        """
failed  a  0.00 s
  dodo.py, line 2: the input 'src/mian.py' does not exist, and no task makes it. Did you mean 'src/main.py'?
""",
    ),
    "folder_input": (
        'def task_a(): return check(inputs=["src"], command=["python", "-c", ""])',
        [],
        {"src/main.py": "1"},
        """
failed  a  0.00 s
  dodo.py, line 2: the input 'src' is a folder. Write 'src/' for all files below it.
""",
    ),
    "missing_command": (
        'def task_a(): return check(command=["bin/tol"])',
        [],
        {"bin/tool": "1"},
        """
failed  a  0.00 s
  the command 'bin/tol' does not exist. Did you mean 'bin/tool'?
""",
    ),
    "not_executable": (
        'def task_a(): return check(command=["bin/tool"])',
        [],
        {"bin/tool": "1"},
        """
failed  a  0.00 s
  the command 'bin/tool' is not executable. Run 'chmod +x bin/tool'.
""",
    ),
    "bad_interpreter": (
        """
import os; os.chmod("bin/tool", 0o755)
def task_a(): return check(command=["bin/tool"])
""",
        [],
        {"bin/tool": "#!/no/such\n"},
        """
failed  a  0.00 s
  cannot start 'bin/tool': No such file or directory. Make sure that its first line ('#!…') names an interpreter that exists.
  to repeat it: doit a
""",
    ),
    "path_command": (
        'def task_a(): return check(command=["make", "all"])',
        [],
        {},
        "error: dodo.py, line 2: the command 'make' is not a path. Write 'python' or a path of the checkout; nothing is looked up on PATH.",
    ),
    "shell_command": (
        'def task_a(): return check(command="make all")',
        [],
        {},
        "error: dodo.py, line 2: the command 'make all' is a string. Write an argument list; no shell is used.",
    ),
    "empty_command": (
        "def task_a(): return check(command=[])",
        [],
        {},
        "error: dodo.py, line 2: the command is empty. Write an argument list.",
    ),
    "text_inputs": (
        'def task_a(): return check(inputs="abc", command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: inputs='abc' is a single string. Write a list: inputs=['abc'].",
    ),
    "no_outputs": (
        'def task_a(): return rule(outputs=[], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: a rule without outputs makes nothing. Name its outputs, or use check().",
    ),
    "unknown_field": (
        'def task_a(): return rule(ouputs=["x"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: rule() has no 'ouputs'. Did you mean 'outputs'?",
    ),
    "unknown_field_2": (
        'def task_a(): return check(netwrok=True, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: check() has no 'netwrok'. Did you mean 'network'?",
    ),
    "check_outputs": (
        'def task_a(): return check(outputs=["x"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: check() has no 'outputs'. It verifies and makes nothing: use rule().",
    ),
    "service_outputs": (
        'def task_a(): return service(outputs=["x"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: service() has no 'outputs'. It runs and makes nothing: use rule().",
    ),
    "service_inputs": (
        'def task_a(): return service(inputs=["x"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: service() has no 'inputs'. Name the tasks that it comes after: needs=['TASK'].",
    ),
    "service_foreground": (
        'def task_a(): return service(foreground=False, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: service() has no 'foreground'. It always owns the terminal.",
    ),
    "service_always": (
        'def task_a(): return service(always=True, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: service() has no 'always'. It always runs.",
    ),
    "service_discovers": (
        'def task_a(): return service(discovers="x", command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: service() has no 'discovers'. It knows needs, command, name, basename, doc, topic, after, environment, inherit, network, tools, options, arguments, explains, address.",
    ),
    "rule_needs": (
        'def task_a(): return rule(needs=["x"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: rule() has no 'needs'. It knows inputs, outputs, command, name, basename, doc, topic, after, environment, inherit, network, tools, options, arguments, explains, discovers, may_be_empty, always, foreground, worker, fills, opens, cached, tells.",
    ),
    "network_is_a_text": (
        'def task_a(): return check(network="yes", command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: network='yes' is neither True nor False.",
    ),
    "always_is_a_number": (
        'def task_a(): return check(always=1, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: always=1 is neither True nor False.",
    ),
    "foreground_is_nothing": (
        'def task_a(): return check(foreground=None, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: foreground=None is neither True nor False.",
    ),
    "worker_is_true": (
        'def task_a(): return check(worker=True, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: worker=True is not a number of words.",
    ),
    "worker_of_more_words": (
        'def task_a(): return check(worker=3, command=["python", "x.py"])',
        [],
        {},
        "error: dodo.py, line 2: worker=3 is more words than the command has, which are 2. Say how many of them are the program.",
    ),
    "worker_and_terminal": (
        'def task_a(): return check(worker=2, foreground=True, command=["python", "x.py"])',
        [],
        {},
        "error: dodo.py, line 2: a task that owns the terminal cannot be a request to a worker. Leave out foreground=True or worker=.",
    ),
    "worker_with_an_output": (
        'def task_a(): return rule(worker=3, outputs=["o/"], command=["python", "x.py", "--to=o", "y"])',
        [],
        {},
        "error: dodo.py, line 2: the program of a worker has the output 'o'. The words of the program are the same for all its tasks; what differs comes after them.",
    ),
    "worker_with_an_option": (
        'def task_a(): return check(worker=3, options=[dict(name="level", default="")], command=["python", "x.py", "-{level}"])',
        [],
        {},
        "error: dodo.py, line 2: the program of a worker has the option '-{level}'. The words of the program are the same for all its tasks; what differs comes after them.",
    ),
    "service_worker": (
        'def task_a(): return service(worker=1, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: service() has no 'worker'. It always owns the terminal.",
    ),
    "arguments_are_a_text": (
        'def task_a(): return service(arguments="x", command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: arguments='x' is a single string. Write a list: arguments=['x'].",
    ),
    "option_of_a_variable": (
        'def task_a(): return check(options=[dict(name="o", default="", env_var="O")], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: the option 'o' has the unknown key 'env_var'. Name the variable in inherit=[…].",
    ),
    "input_is_output": (
        'def task_a(): return rule(inputs=["x"], outputs=["./x"], command=["python", "-c", ""])',
        [],
        {"x": ""},
        "error: dodo.py, line 2: 'x' is an input and an output of the same rule. Write another file.",
    ),
    "may_be_empty": (
        'def task_a(): return rule(outputs=["x"], may_be_empty=["y"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: may_be_empty names 'y', which is not an output. Name an output.",
    ),
    "bad_variable": (
        'def task_a(): return check(environment={"A=B": 1}, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: 'A=B' is not the name of an environment variable.",
    ),
    "after_unknown": (
        """
def task_lint(): return check(command=["python", "-c", ""])
def task_b(): return check(command=["python", "-c", ""], after=["lnit"])
""",
        [],
        {},
        "error: dodo.py, line 3: 'b' comes after 'lnit', which is not a task. Did you mean 'lint'?",
    ),
    "needs_unknown": (
        'def task_serve(): return service(command=["python", "-c", ""], needs=["nothing"])',
        [],
        {},
        "error: dodo.py, line 2: 'serve' comes after 'nothing', which is not a task.",
    ),
    "config_key": (
        """
DOIT_CONFIG = {"default_task": ["a"]}
def task_a(): return check(command=["python", "-c", ""])
""",
        [],
        {},
        "error: dodo.py: DOIT_CONFIG has the unknown key 'default_task'. Did you mean 'default_tasks'?",
    ),
    "config_type": (
        'DOIT_CONFIG = ["a"]',
        [],
        {},
        "error: dodo.py: DOIT_CONFIG  must be a dict. got:'['a']'<class 'list'>.",
    ),
    "default_unknown": (
        """
DOIT_CONFIG = {"default_tasks": ["ab"]}
def task_abc(): return check(command=["python", "-c", ""])
""",
        [],
        {},
        "error: there is no task 'ab'. Did you mean 'abc'? Run 'doit list' to see all tasks.",
    ),
    "unknown_task": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["asets"],
        {},
        "error: there is no task 'asets'. Did you mean 'assets'? Run 'doit list' to see all tasks.",
    ),
    "unknown_far": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["xyz"],
        {},
        "error: there is no task 'xyz'. Run 'doit list' to see all tasks.",
    ),
    "no_match": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["xyz*"],
        {},
        "error: no task matches 'xyz*'. Run 'doit list' to see the tasks.",
    ),
    "unknown_option": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["--no-wiat", "assets"],
        {},
        "error: unknown option '--no-wiat'. Did you mean '--no-wait'?",
    ),
    "unknown_option_why": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["why", "--foo"],
        {},
        "error: unknown option '--foo'. 'doit help why' lists the options.",
    ),
    "bad_number": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["-n", "two", "assets"],
        {},
        "error: the option '--process' cannot be 'two'. 'doit help run' lists the options.",
    ),
    "bad_reporter": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["-r", "xml", "assets"],
        {},
        "error: the option '--reporter' cannot be 'xml'. It can be: console, plain, json, silent.",
    ),
    "task_option": (
        'def task_s(): return check(command=["python", "-c", ""], options=[dict(name="level", long="level", default="1")])',
        ["s", "--leval=2"],
        {},
        "error: the task 's' has no option '--leval'. Did you mean '--level'?",
    ),
    "task_option_none": (
        'def task_s(): return check(command=["python", "-c", ""])',
        ["s", "--leval=2"],
        {},
        "error: the task 's' has no option '--leval'. It has no options.",
    ),
    "task_option_choice": (
        'def task_s(): return check(command=["python", "-c", ""], options=[dict(name="level", long="level", default="1", choices=[("1", ""), ("2", "")])])',
        ["s", "--level=3"],
        {},
        "error: the option '--level' of 's' cannot be '3'. It can be: 1, 2.",
    ),
    "task_option_value": (
        'def task_s(): return check(command=["python", "-c", ""], options=[dict(name="level", long="level", default="1")])',
        ["s", "--level"],
        {},
        "error: the option '--level' of 's' needs a value. Write '--level=VALUE'.",
    ),
    "duplicate_task": (
        """
def task_a():
    yield {**check(command=["python", "-c", ""]), "basename": "x"}
    yield {**check(command=["python", "-c", ""]), "basename": "x"}
""",
        [],
        {},
        "error: dodo.py: Task generation 'a' has duplicated definition of 'x'.",
    ),
    "not_a_task": (
        "def task_a(): return 5",
        [],
        {},
        "error: dodo.py: Task 'a'. Must return a dictionary or generator. Got <class 'int'>.",
    ),
    "invalid_field": (
        'def task_a(): return {"actions": None, "inptus": []}',
        [],
        {},
        "error: dodo.py: Task a contains invalid field: 'inptus'.",
    ),
    "calc_dep": (
        """
def task_a(): return {"actions": ["x"], "calc_dep": ["b"]}
def task_b(): return {"actions": None}
""",
        [],
        {},
        "error: dodo.py: the task 'a' uses doit's 'calc_dep', which this engine does not run. Declare it with rule(), check() or service().",
    ),
    "task_named_list": (
        'def task_list(): return check(command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py: Task can't be called 'list' because this is a command name. Please choose another name.",
    ),
    "link_loop": (
        """
import os; os.path.islink("l") or os.symlink("l", "l")
def task_a(): return rule(inputs=["l"], outputs=["x"], command=["python", "-c", "open('x', 'w').write('1')"])
""",
        [],
        {},
        """
failed  a  0.00 s
  dodo.py, line 3: the input 'l' is a link that leads nowhere. Point it at a file.
""",
    ),
    "fifo": (
        """
import os; os.path.exists("p") or os.mkfifo("p")
def task_a(): return check(inputs=["p"], command=["python", "-c", ""])
""",
        [],
        {},
        """
failed  a  0.00 s
  'p' is a device, a socket or a pipe. Only files, folders and links can be part of the graph.
""",
    ),
    "output_is_folder": (
        'def task_a(): return rule(outputs=["x"], command=["python", "-c", "import os; os.mkdir(\'x\')"])',
        [],
        {},
        """
failed  a  0.00 s
  the output 'x' is a folder. Declare it as 'x/'.
  to repeat it: doit a
""",
    ),
    "no_output": (
        'def task_a(): return rule(outputs=["x"], command=["python", "-c", ""])',
        [],
        {},
        """
failed  a  0.00 s
  the command did not make 'x'. Every declared output must be made.
  to repeat it: doit a
""",
    ),
    "no_tree": (
        'def task_a(): return rule(outputs=["x/"], command=["python", "-c", ""])',
        [],
        {},
        """
failed  a  0.00 s
  the command did not make 'x/'. Every declared output must be made.
  to repeat it: doit a
""",
    ),
    "discovers_bad": (
        "def task_a(): return rule(outputs=[\"x\"], discovers=\"d.json\", command=[\"python\", \"-c\", \"open('x', 'w').write('1'); open('d.json', 'w').write('[]')\"])",
        [],
        {},
        """
failed  a  0.00 s
  the list of discovered inputs in 'd.json' cannot be read. It must be {"inputs": [...], "folders": [...]}.
  to repeat it: doit a
""",
    ),
    "discovers_outside": (
        'def task_a(): return rule(outputs=["x"], discovers="d.json", command=["python", "-c", "open(\'x\', \'w\').write(\'1\'); open(\'d.json\', \'w\').write(\'{\\"inputs\\": [\\"/etc/passwd\\"]}\')"])',
        [],
        {},
        """
failed  a  0.00 s
  d.json: the path '/etc/passwd' is outside the checkout. Write a path relative to the top folder.
  to repeat it: doit a
""",
    ),
    "discovers_unordered": (
        """
def task_a(): return rule(outputs=["x"], discovers="d.json", command=["python", "-c", "open('x', 'w').write('1'); open('d.json', 'w').write('{\\"inputs\\": [\\"y\\"]}')"])
def task_y(): return rule(outputs=["y"], command=["python", "-c", "open('y', 'w').write('1')"])
""",
        ["a"],
        {},
        """
failed  a  0.00 s
  dodo.py, line 2: 'a' read 'y', which 'y' makes. Declare it as an input.
""",
    ),
    "exit_code": (
        'def task_a(): return check(command=["python", "fail.py"], environment={"LEVEL": "3"})',
        [],
        {"fail.py": "print('the log'); raise SystemExit(3)"},
        """
failed  a  0.00 s
  the command ended with exit code 3
  | the log
  to repeat it: doit a
""",
    ),
    "ended_by_signal": (
        'def task_a(): return check(command=["python", "-c", "import os; os.kill(os.getpid(), 9)"])',
        [],
        {},
        """
failed  a  0.00 s
  the command was ended by SIGKILL
  to repeat it: doit a
""",
    ),
    "state_is_file": (
        'def task_a(): return check(command=["python", "-c", ""])',
        [],
        {".buildgraph": "x"},
        "error: cannot write '.buildgraph/lock': File exists. Everything in '.buildgraph' must be yours to write; it can be deleted.",
    ),
    "lock_is_folder": (
        'def task_a(): return check(command=["python", "-c", ""])',
        [],
        {".buildgraph/lock/x": "x"},
        "error: cannot write '.buildgraph/lock': Is a directory. Everything in '.buildgraph' must be yours to write; it can be deleted.",
    ),
    "ledger_is_folder": (
        'def task_a(): return check(command=["python", "-c", ""])',
        [],
        {".buildgraph/ledger/x": "x"},
        "error: cannot read '.buildgraph/ledger': Is a directory. It must be a file that you may read.",
    ),
    "number_missing": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["-n"],
        {},
        "error: the option '-n' needs a value. 'doit help run' lists the options.",
    ),
    "why_unknown": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["why", "asets"],
        {},
        "error: there is no task 'asets'. Did you mean 'assets'? Run 'doit list' to see all tasks.",
    ),
    "clean_unknown": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["clean", "asets"],
        {},
        "error: there is no task 'asets'. Did you mean 'assets'? Run 'doit list' to see all tasks.",
    ),
    "forget_unknown": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["forget", "asets"],
        {},
        "error: there is no task 'asets'. Did you mean 'assets'? Run 'doit list' to see all tasks.",
    ),
    "list_unknown": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["list", "asets"],
        {},
        "error: there is no task 'asets'. Did you mean 'assets'? Run 'doit list' to see all tasks.",
    ),
    "graph_unknown": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["graph", "asets"],
        {},
        "error: there is no task 'asets'. Did you mean 'assets'? Run 'doit list' to see all tasks.",
    ),
    "audit_unknown": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["audit", "asets"],
        {},
        "error: there is no task 'asets'. Did you mean 'assets'? Run 'doit list' to see all tasks.",
    ),
    "verify_unknown": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["verify", "asets"],
        {},
        "error: there is no task 'asets'. Did you mean 'assets'? Run 'doit list' to see all tasks.",
    ),
    "trace_of_nothing": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["trace"],
        {},
        "error: no run has done anything yet. Run a task first.",
    ),
    "too_many_words": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["assets", "now"],
        {},
        "error: there is no task 'now'. Run 'doit list' to see all tasks.",
    ),
    "word_with_equals": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["level=3"],
        {},
        "error: there is no task 'level=3'. Run 'doit list' to see all tasks.",
    ),
    "zero_byte": (
        'def task_a(): return check(inputs=["a\\0b"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: the path 'a\\x00b' contains a zero byte.",
    ),
    "text_inherit": (
        'def task_a(): return check(inherit="HOME", command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: inherit='HOME' is a single string. Write a list: inherit=['HOME'].",
    ),
    "text_after": (
        'def task_a(): return check(after="b", command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: after='b' is a single string. Write a list: after=['b'].",
    ),
    "own_state": (
        'def task_a(): return rule(outputs=[".buildgraph/ledger"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: the output '.buildgraph/ledger' is in the build's own state. Write it to another folder.",
    ),
    "whole_checkout": (
        'def task_a(): return rule(outputs=["./"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: the path './' does not name a file of the checkout. Write a path relative to the top folder.",
    ),
    "positional": (
        'def task_a(): return rule(["a"])',
        [],
        {},
        "error: dodo.py, line 2, column 22: TypeError: rule() takes 0 positional arguments but 1 was given.",
    ),
    "no_command": (
        'def task_a(): return rule(outputs=["x"])',
        [],
        {},
        "error: dodo.py, line 2: the command is empty. Write an argument list.",
    ),
    "name_with_equals": (
        'def task_a(): yield check(name="a=b", command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py: Task 'a:a=b': name must not use the char '=' (equal sign).",
    ),
    "not_a_subtask": (
        "def task_a(): yield 3",
        [],
        {},
        "error: dodo.py: Task 'a' must yield dictionaries.",
    ),
    "plain_setup": (
        'def task_a(): return {"actions": ["true"], "setup": ["b"]}\ndef task_b(): return {"actions": None}',
        [],
        {},
        "error: dodo.py: the task 'a' uses doit's 'setup', which this engine does not run. Declare it with rule(), check() or service().",
    ),
    "plain_teardown": (
        'def task_a(): return {"actions": ["true"], "teardown": ["true"]}\ndef task_b(): return {"actions": None}',
        [],
        {},
        "error: dodo.py: the task 'a' uses doit's 'teardown', which this engine does not run. Declare it with rule(), check() or service().",
    ),
    "plain_getargs": (
        'def task_a(): return {"actions": ["true"], "getargs": {"x": ("b", "y")}}\ndef task_b(): return {"actions": None}',
        [],
        {},
        "error: dodo.py: the task 'a' uses doit's 'getargs', which this engine does not run. Declare it with rule(), check() or service().",
    ),
    "plain_title": (
        'def task_a(): return {"actions": ["true"], "title": str}\ndef task_b(): return {"actions": None}',
        [],
        {},
        "error: dodo.py: the task 'a' uses doit's 'title', which this engine does not run. Declare it with rule(), check() or service().",
    ),
    "plain_watch": (
        'def task_a(): return {"actions": ["true"], "watch": ["x"]}\ndef task_b(): return {"actions": None}',
        [],
        {},
        "error: dodo.py: the task 'a' uses doit's 'watch', which this engine does not run. Declare it with rule(), check() or service().",
    ),
    "plain_create_after": (
        'from doit import create_after\n@create_after(executed="b")\ndef task_a(): return {"actions": ["true"]}\ndef task_b(): return {"actions": None}',
        [],
        {},
        "error: dodo.py: the task 'a' uses doit's 'create_after', which this engine does not run. Declare it with rule(), check() or service().",
    ),
    "plain_two_targets": (
        'def task_a(): return {"actions": ["true"], "targets": ["x"]}\ndef task_b(): return {"actions": ["true"], "targets": ["./x"]}',
        [],
        {},
        "error: dodo.py: 'x' is made by two tasks, 'a' and 'b'. Give it to one of them.",
    ),
    "plain_target_and_file": (
        'def task_a(): return {"actions": ["true"], "targets": ["d/x"]}\ndef task_b(): return rule(outputs=[\'d/x\'], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 3: 'd/x' is made by two tasks, 'b' and 'a'. Give it to one of them.",
    ),
    "plain_target_and_tree": (
        'def task_a(): return {"actions": ["true"], "targets": ["d/x"]}\ndef task_b(): return rule(outputs=[\'d/\'], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 3: 'd/x' is made by two tasks, 'b' and 'a'. Give it to one of them.",
    ),
    "plain_target_and_pattern": (
        'def task_a(): return {"actions": ["true"], "targets": ["d/x"]}\ndef task_b(): return rule(outputs=[\'d/*\'], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 3: 'd/x' is made by two tasks, 'b' and 'a'. Give it to one of them.",
    ),
    "plain_folder_and_tree": (
        'def task_a(): return {"actions": ["true"], "targets": ["d"]}\ndef task_b(): return rule(outputs=[\'d/\'], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 3: 'd' is made by two tasks, 'b' and 'a'. Give it to one of them.",
    ),
    "plain_own_target": (
        'def task_a(): return {"actions": ["true"], "targets": ["x"], "file_dep": ["x"]}',
        [],
        {},
        "error: dodo.py: 'x' is a dependency and a target of the same task 'a'. Write another file.",
    ),
    "plain_cycle": (
        'def task_a(): return {"actions": ["true"], "targets": ["x"], "file_dep": ["y"]}\ndef task_b(): return rule(inputs=["x"], outputs=["y"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py: the tasks wait for each other: a → b → a. Remove one of these edges.",
    ),
    "added_clean": (
        'def task_a(): return check(command=["python", "-c", ""]) | {"clean": True}',
        [],
        {},
        "error: dodo.py, line 2: doit's 'clean' was added to a check, which does not run it. Leave it out, or write a plain doit task.",
    ),
    "added_verbosity": (
        'def task_a(): return check(command=["python", "-c", ""]) | {"verbosity": 2}',
        [],
        {},
        "error: dodo.py, line 2: doit's 'verbosity' was added to a check, which does not run it. Leave it out, or write a plain doit task.",
    ),
    "added_uptodate": (
        'def task_a(): return check(command=["python", "-c", ""]) | {"uptodate": [True]}',
        [],
        {},
        "error: dodo.py, line 2: doit's 'uptodate' was added to a check, which does not run it. Leave it out, or write a plain doit task.",
    ),
    "added_to_a_subtask": (
        'def task_a(): yield {**rule(name="s", outputs=["x"], command=["python", "-c", ""]), "clean": ["rm x"]}',
        [],
        {},
        "error: dodo.py, line 2: doit's 'clean' was added to a rule, which does not run it. Leave it out, or write a plain doit task.",
    ),
    "toml_reporter": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit.commands.run]\nreporter = "xml"\n'},
        "error: pyproject.toml: 'reporter' cannot be 'xml'. It must be one of console, plain, json, silent.",
    ),
    "toml_reporter_global": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit]\nreporter = "xml"\n'},
        "error: pyproject.toml: 'reporter' cannot be 'xml'. It must be one of console, plain, json, silent.",
    ),
    "toml_verbosity": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": "[tool.doit]\nverbosity = 3\n"},
        "error: pyproject.toml: 'verbosity' cannot be 3. It can be: 0, 1, 2.",
    ),
    "toml_workers": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit]\nnum_process = "many"\n'},
        "error: pyproject.toml: 'num_process' cannot be 'many'.",
    ),
    "toml_negative_workers": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": "[tool.doit]\nnum_process = -1\n"},
        "error: pyproject.toml: 'num_process' cannot be -1. It must be a non-negative number.",
    ),
    "toml_flag": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": "[tool.doit]\nalways = 3\n"},
        "error: pyproject.toml: 'always' cannot be 3. It must be True or False.",
    ),
    "toml_of_run": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit.commands.run]\nreprter = "json"\n'},
        "error: pyproject.toml: 'reprter' is an unknown setting. Did you mean 'reporter'?",
    ),
    "toml_of_run_far": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": "[tool.doit.commands.run]\nzzz = 1\n"},
        "error: pyproject.toml: 'zzz' is an unknown setting. It knows always, continue, num_process, reporter, verbosity, wait, cache, pdb.",
    ),
    "toml_default_tasks": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit]\ndefault_tasks = ["a"]\n'},
        "error: pyproject.toml: 'default_tasks' is not set here. Set it in DOIT_CONFIG of dodo.py.",
    ),
    "toml_dep_file": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit.commands.run]\ndep_file = "x.db"\n'},
        "error: pyproject.toml: 'dep_file' is an unknown setting. The state is in '.buildgraph/', kept as the engine keeps it.",
    ),
    "toml_command": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": "[tool.doit.commands.rnu]\nalways = true\n"},
        "error: pyproject.toml: it has settings for the unknown command 'rnu'. Did you mean 'run'?",
    ),
    "toml_plugins": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit.plugins.reporter]\nx = "m:C"\n'},
        "error: pyproject.toml: doit's plugins of the kind 'reporter' are not loaded by this engine. Remove them.",
    ),
    "toml_shape": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": "[tool]\ndoit = 5\n"},
        "error: pyproject.toml: doit's settings cannot be parsed. 'tool.doit' and what is in it, 'commands', 'tasks' and 'plugins', are tables.",
    ),
    "toml_shape_of_commands": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit]\ncommands = "run"\n'},
        "error: pyproject.toml: doit's settings cannot be parsed. 'tool.doit' and what is in it, 'commands', 'tasks' and 'plugins', are tables.",
    ),
    "toml_task": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit.tasks.b]\no = "2"\n'},
        "error: doit's settings name the task 'b', which does not exist. Run 'doit list' to see all tasks.",
    ),
    "toml_task_option": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit.tasks.a]\noo = "2"\n'},
        "error: the settings of the task 'a': 'oo' is an unknown setting. Did you mean 'o'?",
    ),
    "toml_task_value": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"pyproject.toml": '[tool.doit.tasks.a]\no = "3"\n'},
        "error: the settings of the task 'a': 'o' cannot be '3'. It can be: 1, 2.",
    ),
    "ini_reporter": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"doit.cfg": "[run]\nreporter = xml\n"},
        "error: doit.cfg: 'reporter' cannot be 'xml'. It must be one of console, plain, json, silent.",
    ),
    "ini_dep_file": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"doit.cfg": "[GLOBAL]\ndep_file = x.db\n"},
        "error: doit.cfg: 'dep_file' is an unknown setting. The state is in '.buildgraph/', kept as the engine keeps it.",
    ),
    "ini_workers": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"doit.cfg": "[run]\nnum_process = two\n"},
        "error: doit.cfg: 'num_process' cannot be 'two'.",
    ),
    "ini_flag": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"doit.cfg": "[run]\nalways = perhaps\n"},
        "error: doit.cfg: 'always' cannot be 'perhaps'.",
    ),
    "ini_section": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {"doit.cfg": "[rnu]\nalways = yes\n"},
        "error: doit.cfg: it has settings for the unknown command 'rnu'. Did you mean 'run'?",
    ),
    "config_verbosity": (
        'DOIT_CONFIG = {"verbosity": 3}\ndef task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py: DOIT_CONFIG's 'verbosity' cannot be 3. It must be 0, 1 or 2.",
    ),
    "config_negative_workers": (
        'DOIT_CONFIG = {"num_process": -1}\ndef task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py: DOIT_CONFIG's 'num_process' cannot be -1. It must be a non-negative number.",
    ),
    "config_formatting": (
        'DOIT_CONFIG = {"action_string_formatting": "newest"}\ndef task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py: DOIT_CONFIG's 'action_string_formatting' cannot be 'newest'. It must be one of old, new, both.",
    ),
    "config_dep_file": (
        'DOIT_CONFIG = {"dep_file": "x"}\ndef task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py: DOIT_CONFIG has the unknown key 'dep_file'. The state is in '.buildgraph/', kept as the engine keeps it.",
    ),
    "bad_verbosity": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        ["-v", "5"],
        {},
        "error: the option '--verbosity' cannot be '5'. It can be: 0, 1, 2.",
    ),
    "negative_workers": (
        'def task_a(): return check(options=[dict(name="o", default="1", type=str, choices=[("1", ""), ("2", "")])], command=["python", "-c", ""])',
        ["-n", "-1"],
        {},
        "error: the option '--process' cannot be '-1'. It must be a non-negative number.",
    ),
    "uptodate": (
        'def task_a(): return {"actions": ["true"], "uptodate": [True]}',
        [],
        {},
        "error: dodo.py: the task 'a' uses doit's 'uptodate', which this engine does not run. Declare it with rule(), check() or service().",
    ),
    "division": (
        "1 / 0",
        [],
        {},
        "error: dodo.py, line 2, column 1: ZeroDivisionError: division by zero.",
    ),
    "recursion": (
        "def f(): f()\nf()",
        [],
        {},
        "error: dodo.py, line 2, column 10: RecursionError: maximum recursion depth exceeded.",
    ),
    "option_type": (
        'def task_a(): return check(options=[dict(name="x", long="x", default=1, type=int)], command=["python", "-c", ""])',
        ["a", "--x=two"],
        {},
        "error: the option '--x' of 'a' cannot be 'two'.",
    ),
    "cycle_of_patterns": (
        'def task_a(): return rule(inputs=["o/*.x"], outputs=["o/1.y"], command=["python", "-c", ""])\ndef task_b(): return rule(inputs=["o/*.y"], outputs=["o/1.x"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py: the tasks wait for each other: a → b → a. Remove one of these edges.",
    ),
    "zero_byte_in_word": (
        'def task_a(): return check(command=["python", "a\\0b"])',
        [],
        {},
        "error: dodo.py, line 2: the command contains a zero byte.",
    ),
    "zero_byte_in_variable": (
        'def task_a(): return check(environment={"A": "\\0"}, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: the variable 'A' contains a zero byte.",
    ),
    "zero_byte_in_definitions": (
        "a = 1 # \0",
        [],
        {},
        "error: dodo.py: the file contains a zero byte. Remove it.",
    ),
    "no_text_of_this_system": (
        'def task_a(): return check(inputs=["\\ud800"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: '\\ud800' has a character that this system cannot write.",
    ),
    "environment_is_list": (
        'def task_a(): return check(environment=["A"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: environment=['A'] is not a dictionary. Write a dictionary: environment={'NAME': 'value'}.",
    ),
    "inherited_name": (
        'def task_a(): return check(inherit=["A=B"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: 'A=B' is not the name of an environment variable.",
    ),
    "option_is_number": (
        'def task_a(): return check(options=[3], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: 3 is not an option of a task. Declare it with option().",
    ),
    "option_without_name": (
        'def task_a(): return check(options=[{"long": "x"}], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: {'long': 'x'} is not an option of a task. Declare it with option().",
    ),
    "after_is_number": (
        'def task_a(): return check(after=[3], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: after names 3, which is not the name of a task.",
    ),
    "subtask_without_name": (
        'def task_a():\n    yield check(command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 3: a task that task_a() yields has no name. Write name='…'.",
    ),
    "output_is_definitions": (
        'def task_a(): return rule(outputs=["dodo.py"], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: the output 'dodo.py' defines the graph itself. Write another file.",
    ),
    "creator_with_parameter": (
        'def task_a(x): return check(command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: task_a() has the parameter 'x'. Options of a task are declared with option().",
    ),
    "default_is_number": (
        'DOIT_CONFIG = {"default_tasks": [3]}',
        [],
        {},
        "error: dodo.py: DOIT_CONFIG's 'default_tasks' cannot be [3]. It must be a list of task names.",
    ),
    "workers_are_a_word": (
        'DOIT_CONFIG = {"num_process": "two"}',
        [],
        {},
        "error: dodo.py: DOIT_CONFIG's 'num_process' cannot be 'two'. It must be a non-negative number.",
    ),
    "reporter_is_unknown": (
        'DOIT_CONFIG = {"reporter": "xml"}',
        [],
        {},
        "error: dodo.py: DOIT_CONFIG's 'reporter' cannot be 'xml'. It must be one of console, plain, json, silent.",
    ),
    "version_is_short": (
        'DOIT_CONFIG = {"minversion": "99"}',
        [],
        {},
        "error: dodo.py: DOIT_CONFIG's 'minversion' cannot be '99'. It must be a version with three parts, such as '0.37.0'.",
    ),
    "help_of_nothing": (
        'def task_assets(): return check(command=["python", "-c", ""])',
        ["help", "asets"],
        {},
        "error: there is no command or task 'asets'. Did you mean 'assets'?",
    ),
    "pyproject_is_broken": (
        "",
        [],
        {"pyproject.toml": "[tool.doit"},
        "error: 'pyproject.toml' cannot be parsed: Expected ']' at the end of a table declaration (at end of document).",
    ),
    "doit_cfg_is_broken": (
        "",
        [],
        {"doit.cfg": "x"},
        "error: 'doit.cfg' cannot be parsed: File contains no section headers.",
    ),
    "variable_of_no_text": (
        'def task_a(): return check(environment={"\\ud800": "x"}, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: '\\ud800' has a character that this system cannot write.",
    ),
    "value_of_a_variable_is_none": (
        'def task_a(): return check(environment={"A": None}, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: the variable 'A' has None, which is not a string. Write a string, a number or a path.",
    ),
    "word_is_none": (
        'def task_a(): return check(command=["python", None])',
        [],
        {},
        "error: dodo.py, line 2: the command has None, which is not a string. Write a string, a number or a path.",
    ),
    "command_is_none": (
        "def task_a(): return check(command=None)",
        [],
        {},
        "error: dodo.py, line 2: command=None is not a list.",
    ),
    "outputs_are_none": (
        'def task_a(): return rule(outputs=None, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: outputs=None is not a list.",
    ),
    "inputs_are_a_number": (
        'def task_a(): return check(inputs=5, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: inputs=5 is not a list.",
    ),
    "list_in_a_list": (
        'def task_a(): return check(inputs=[["b"]], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: ['b'] is not a path. Write a string or a pathlib.Path.",
    ),
    "tool_is_none": (
        'def task_a(): return check(tools=[None], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: None is not a path. Write a string or a pathlib.Path.",
    ),
    "name_has_two_lines": (
        'def task_a():\n    yield check(name="a\\nb", command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 3: name='a\\nb' is not a name of a task.",
    ),
    "doc_is_a_number": (
        'def task_a(): return check(doc=5, command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: doc=5 is not a text.",
    ),
    "default_with_zero_byte": (
        'from buildgraph import option\ndef task_a(): return check(options=[option("o", default="\\0")], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 3: an option's default contains a zero byte.",
    ),
    "type_of_an_option": (
        'def task_a(): return check(options=[{"name": "o", "type": "x"}], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 2: {'name': 'o', 'type': 'x'} is not an option of a task. Declare it with option().",
    ),
    "choices_are_a_number": (
        'from buildgraph import option\ndef task_a(): return check(options=[option("o", choices=5)], command=["python", "-c", ""])',
        [],
        {},
        "error: dodo.py, line 3: choices=5 is not a list.",
    ),
}
"""Name → (dodo.py, words of the command line, other files, everything that is printed)."""


@pytest.mark.parametrize("name", CASES)
def test_mistake_is_answered_with_one_sentence(checkout, name):
    dodo, argv, files, expected = CASES[name]
    if dodo is not None:
        checkout.dodo(dodo.strip("\n"))
    for path, text in files.items():
        checkout.write(path, text)
    run = checkout.run(*argv)
    text = re.sub(r"\d+\.\d\d s", "0.00 s", run.text.replace(os.fspath(checkout.folder), "CHECKOUT"))
    text = text.replace("python3 dodo.py", "doit")
    assert text.strip("\n") == expected.strip("\n")
    assert run.code == 1

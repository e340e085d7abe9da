"""An agent: agent.py [--wait SECONDS] [--hook COMMAND] [--tool COMMAND]... runs these in that order, each by a
shell as agents do; a hook gets what a PreToolUse hook gets."""
import json, subprocess, sys, time

steps = sys.argv[1:]
while steps:
    what, value, steps = steps[0], steps[1], steps[2:]
    if what == "--wait":
        time.sleep(float(value))
    elif what == "--hook":
        said = {"session_id": "s", "cwd": "/", "tool_name": "Bash", "tool_use_id": "u",
                "tool_input": {"command": "touch \x1b[2J\u202eit", "description": "d"}}
        subprocess.run(["sh", "-c", value], input=json.dumps(said).encode(), check=True)
    else:
        subprocess.run(["sh", "-c", value])
